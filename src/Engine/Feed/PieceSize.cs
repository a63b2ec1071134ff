namespace Kontinue.Engine.Feed;

/// <summary>How many rows to ask for at once: as many as are about 8 MiB, going by those that came last.</summary>
/// <param name="first">Asked for when nothing is known.</param>
/// <param name="max">At most so many.</param>
internal sealed class PieceSize(int first, int max)
{
    private const long Bytes = 8 * 1024 * 1024;

    /// <summary>Rows to ask for next.</summary>
    public int Rows { get; private set; } = first;

    /// <summary>Learns from what came.</summary>
    public void Learn(int rows, long bytes) => Rows = rows == 0 ? Rows : (int)Math.Clamp(Bytes / ((bytes / rows) + 1), 1, max);
}
