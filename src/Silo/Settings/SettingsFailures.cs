using System.Text.Json;

namespace Kontinue.Silo.Settings;

/// <summary>Says to an operator why settings could not even be read: a file that is no JSON, one that this process may not open, an argument that is written in no known way.</summary>
internal static class SettingsFailures
{
    /// <summary>What the reader of JSON adds to its messages; the place is said in front of them, and counted from 1 as in editors.</summary>
    private const string PlaceOfReader = " LineNumber:";

    /// <summary>Why; null when it was something else.</summary>
    public static string? Explain(Exception e) => e switch
    {
        // The message names the file.
        InvalidDataException => $"{e.Message} {Cause(e.GetBaseException())}",
        IOException or UnauthorizedAccessException or FormatException => $"The settings cannot be read: {e.Message}",
        _ => null,
    };

    private static string Cause(Exception e)
    {
        if (e is not JsonException { LineNumber: { } line, BytePositionInLine: { } position })
        {
            return e.Message;
        }

        int end = e.Message.IndexOf(PlaceOfReader, StringComparison.Ordinal);
        return $"Line {line + 1}, byte {position + 1}: {(end < 0 ? e.Message : e.Message[..end])}";
    }
}
