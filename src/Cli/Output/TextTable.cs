namespace Kontinue.Cli.Output;

/// <summary>Columns like kubectl's: no frame, nothing cut, so that people and awk can read them.</summary>
internal sealed class TextTable(params string[] header)
{
    private const int Gap = 3;

    private readonly List<string[]> _rows = [header];

    private int[] _widths = [.. header.Select(h => h.Length)];
    private int _written;

    public void Add(params string[] row)
    {
        string[] cells = [.. row.Select(OneLine)];
        _rows.Add(cells);
        _widths = [.. _widths.Zip(cells, (width, cell) => Math.Max(width, cell.Length))];
    }

    /// <summary>Writes the rows that were added since the last time, the first time with the header. Columns only ever grow.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="paint">Colors a cell; given are the column and the text.</param>
    public void Write(TextWriter to, Func<int, string, string>? paint = null)
    {
        foreach (string[] row in _rows)
        {
            for (int c = 0; c < header.Length; c++)
            {
                string cell = row[c];
                to.Write(paint is null || _written == 0 ? cell : paint(c, cell));
                if (c < header.Length - 1)
                {
                    to.Write(new string(' ', _widths[c] - cell.Length + Gap));
                }
            }

            to.WriteLine();
            _written++;
        }

        _rows.Clear();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
