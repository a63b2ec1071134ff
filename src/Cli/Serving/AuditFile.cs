using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Kontinue.Cli.Serving;

/// <summary>Appends the audit trail to a file, one line of JSON each.</summary>
internal sealed class AuditFile : ILoggerProvider, ILogger
{
    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private bool _failing;

    private AuditFile(FileStream file, TextWriter error, TimeProvider time) => (_file, _error, _time) = (file, error, time);

    /// <summary>Opens the file.</summary>
    /// <exception cref="InvalidOperationException">It cannot be written.</exception>
    public static AuditFile Open(string path, TextWriter error, TimeProvider time)
    {
        try
        {
            // Unbuffered: a line is with the system before the next one is begun, and a crash of this process loses none.
            return new AuditFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), error, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidOperationException($"The audit log '{path}' cannot be written: {e.Message}", e);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            return;
        }

        byte[] line = Line(eventId, fields);
        lock (_lock)
        {
            try
            {
                _file.Write(line);
                _failing = false;
            }
            catch (IOException e)
            {
                // The server goes on: what is done is done. Once is enough to say so.
                if (!_failing)
                {
                    _failing = true;
                    _error.WriteLine($"error: The audit log '{_file.Name}' cannot be written, lines are lost: {e.Message}");
                }
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private byte[] Line(EventId eventId, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        using var line = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(line, Format))
        {
            json.WriteStartObject();
            json.WriteString("time", _time.GetUtcNow());
            json.WriteString("event", eventId.Name);
            foreach ((string name, object? value) in fields)
            {
                if (name is "{OriginalFormat}")
                {
                    continue;
                }

                json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
                switch (value)
                {
                    case int number:
                        json.WriteNumberValue(number);
                        break;
                    case long number:
                        json.WriteNumberValue(number);
                        break;
                    default:
                        json.WriteStringValue(value?.ToString());
                        break;
                }
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}
