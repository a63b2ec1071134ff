using System.Text.Json;

namespace Kontinue.Cli.Commands;

/// <summary>Reads JSON that is given on the command line, in a file (<c>@file</c>) or on standard input (<c>-</c>).</summary>
internal static class JsonArgument
{
    public const string Help = "JSON, @FILE, or - for standard input.";

    /// <exception cref="UsageException">It is not JSON, or the file cannot be read.</exception>
    public static async Task<JsonPayload> ReadAsync(string option, string? text, CliConsole console, CancellationToken cancellationToken)
    {
        if (text is null)
        {
            return default;
        }

        string json = text switch
        {
            "-" => await console.In.ReadToEndAsync(cancellationToken),
            ['@', .. string path] => await ReadFileAsync(option, path, cancellationToken),
            _ => text,
        };
        try
        {
            return JsonPayload.Parse(json);
        }
        catch (JsonException e)
        {
            string message = e.Message;
            int at = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
            throw new UsageException(
                $"{option} is not JSON (line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}): {(at < 0 ? message : message[..at])}" +
                (json.Length > 0 && json[0] is not ('{' or '[' or '"') ? " A text needs double quotes within JSON, such as '\"text\"'." : ""));
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"{option} has a string that is not valid Unicode.");
        }
    }

    private static async Task<string> ReadFileAsync(string option, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{option}: {e.Message}");
        }
    }
}
