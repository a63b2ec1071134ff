namespace Kontinue.Engine.Feed;

/// <summary>How many rows to ask for at once: as many as memory bears, going by those that came last.</summary>
/// <param name="first">Asked for when nothing is known: few, because each may be as large as payloads may be.</param>
/// <param name="max">At most so many.</param>
/// <param name="bytes">About so many bytes.</param>
internal sealed class PieceSize(int first, int max, long bytes = PieceSize.DefaultBytes)
{
    private const long DefaultBytes = 8 * 1024 * 1024;

    /// <summary>Rows to ask for next.</summary>
    public int Rows { get; private set; } = first;

    /// <summary>Learns from what came.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="size">Their bytes.</param>
    public void Learn(int rows, long size) => Rows = rows == 0 ? Rows : (int)Math.Clamp(bytes / ((size / rows) + 1), 1, max);
}
