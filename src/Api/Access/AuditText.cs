using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kontinue.Api.Access;

/// <summary>Makes text of callers harmless in a log: it stays within its quotes and its line, and has an end.</summary>
internal static class AuditText
{
    private const int MaxLength = 512;

    private static readonly SearchValues<char> Harmless = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !#$%&'()*+,-./:;<=>?@[]^_`{|}~");

    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        if (text.Length <= MaxLength && !text.AsSpan().ContainsAnyExcept(Harmless))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
        {
            if (c is '"' or '\\')
            {
                escaped.Append('\\').Append(c);
            }
            else if (Harmless.Contains(c) || (!char.IsAscii(c) && char.IsLetterOrDigit(c)))
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
        }

        return text.Length <= MaxLength ? escaped.ToString() : escaped.Append("...").ToString();
    }
}
