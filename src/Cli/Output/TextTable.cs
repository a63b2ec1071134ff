namespace Kontinue.Cli.Output;

/// <summary>Columns like kubectl's: no frame, nothing cut, so that people and awk can read them.</summary>
internal sealed class TextTable(params string[] header)
{
    private const int Gap = 3;

    private readonly List<string[]> _rows = [header];

    public void Add(params string[] row) => _rows.Add([.. row.Select(OneLine)]);

    /// <summary>Writes the table.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="paint">Colors a cell; given are the column and the text.</param>
    public void Write(TextWriter to, Func<int, string, string>? paint = null)
    {
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(c => _rows.Max(r => r[c].Length))];
        for (int r = 0; r < _rows.Count; r++)
        {
            for (int c = 0; c < header.Length; c++)
            {
                string cell = _rows[r][c];
                to.Write(paint is null || r == 0 ? cell : paint(c, cell));
                if (c < header.Length - 1)
                {
                    to.Write(new string(' ', widths[c] - cell.Length + Gap));
                }
            }

            to.WriteLine();
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
