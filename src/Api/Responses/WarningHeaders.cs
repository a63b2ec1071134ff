using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Responses;

/// <summary>Tells callers what they should know of a request that succeeds: one <c>Warning</c> header each, as Kubernetes does. kubectl prints them.</summary>
internal static class WarningHeaders
{
    /// <summary>The longest text of a header; names of fields come from the caller and may be of any length.</summary>
    private const int MaxLength = 256;

    /// <summary>Adds warnings to an answer that has not begun.</summary>
    public static void Add(HttpResponse response, IReadOnlyList<string> warnings)
    {
        foreach (string warning in warnings)
        {
            response.Headers.Append("Warning", $"299 - \"{Quote(warning)}\"");
        }
    }

    /// <summary>Headers carry ASCII; everything else becomes its escape.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder();
        foreach (char c in text.Length <= MaxLength ? text : text[..MaxLength] + "...")
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                >= ' ' and <= '~' => quoted.Append(c),
                _ => quoted.Append(CultureInfo.InvariantCulture, $@"\\u{(int)c:x4}"),
            };
        }

        return quoted.ToString();
    }
}
