using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Journal;

/// <summary>
/// The stored form of entries: one JSON object per line. Readable by people with a database client, and two records are joined by
/// writing one after the other. Unknown members are passed over, so that older code reads what newer code added.
/// </summary>
internal static class JournalCodec
{
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true };
    private static readonly string[] KindNames = Enum.GetNames<EntryKind>();

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Appends an entry.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, Entry entry)
    {
        Utf8JsonWriter json = _writer ??= new Utf8JsonWriter(Stream.Null, WriterOptions);
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("kind"u8, KindNames[(int)entry.Kind]);
        json.WriteString("at"u8, entry.At);
        if (entry.Operation is { } operation)
        {
            json.WriteString("op"u8, operation);
        }

        if (!entry.Value.IsNone)
        {
            json.WritePropertyName("value"u8);
            WriteOnOneLine(json, entry.Value);
        }

        WriteRare(json, entry);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
    }

    /// <summary>Reads the entries of a record.</summary>
    /// <exception cref="JsonException">The record is damaged.</exception>
    public static IEnumerable<Entry> Read(JournalRecord record)
    {
        ReadOnlyMemory<byte> rest = record.Data;
        while (!rest.IsEmpty)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            yield return ReadChecked(line);
        }
    }

    private static Entry ReadChecked(ReadOnlyMemory<byte> line)
    {
        try
        {
            return ReadLine(line);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new JsonException($"A journal entry has a member of another kind than expected: {e.Message}", e);
        }
    }

    // A payload may be spread over lines, and the line is what separates entries. Within strings, JSON has no line breaks.
    private static void WriteOnOneLine(Utf8JsonWriter json, JsonPayload value)
    {
        if (!value.Utf8.Span.Contains((byte)'\n'))
        {
            json.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
            return;
        }

        using JsonDocument document = JsonDocument.Parse(value.Utf8);
        document.RootElement.WriteTo(json);
    }

    private static void WriteRare(Utf8JsonWriter json, Entry entry)
    {
        if (entry.Error is { } error)
        {
            json.WritePropertyName("error"u8);
            JsonSerializer.Serialize(json, error, EngineJsonContext.Default.ExecutionError);
        }

        if (entry.Due is { } due)
        {
            json.WriteString("due"u8, due);
        }

        if (entry.Attempt != 0)
        {
            json.WriteNumber("attempt"u8, entry.Attempt);
        }

        if (entry.MessageId is { } message)
        {
            json.WriteString("message"u8, message);
        }

        if (entry.Child is { } child)
        {
            json.WritePropertyName("child"u8);
            JsonSerializer.Serialize(json, child, EngineJsonContext.Default.ChildInfo);
        }

        if (entry.Job is { } job)
        {
            json.WritePropertyName("job"u8);
            JsonSerializer.Serialize(json, job, EngineJsonContext.Default.JobInfo);
        }

        if (entry.Phase is { } phase)
        {
            json.WriteString("phase"u8, phase.ToString());
        }

        if (entry.ChildPolicy is { } policy)
        {
            json.WriteString("childPolicy"u8, policy.ToString());
        }

        if (entry.Text is { } text)
        {
            json.WriteString("text"u8, text);
        }
    }

    private static Entry ReadLine(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        EntryKind? kind = null;
        DateTimeOffset at = default;
        string? operation = null, text = null;
        JsonPayload value = default;
        ExecutionError? error = null;
        DateTimeOffset? due = null;
        int attempt = 0;
        Guid? message = null;
        ChildInfo? child = null;
        JobInfo? job = null;
        ExecutionPhase? phase = null;
        ChildPolicy? childPolicy = null;

        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                reader.Read();
                kind = ParseKind(reader.GetString()!);
            }
            else if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                at = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("op"u8))
            {
                reader.Read();
                operation = reader.GetString();
            }
            else if (reader.ValueTextEquals("value"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                value = new JsonPayload(line[start..(int)reader.BytesConsumed]);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                error = JsonSerializer.Deserialize(ref reader, EngineJsonContext.Default.ExecutionError);
            }
            else if (reader.ValueTextEquals("due"u8))
            {
                reader.Read();
                due = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("attempt"u8))
            {
                reader.Read();
                attempt = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                message = reader.GetGuid();
            }
            else if (reader.ValueTextEquals("child"u8))
            {
                child = JsonSerializer.Deserialize(ref reader, EngineJsonContext.Default.ChildInfo);
            }
            else if (reader.ValueTextEquals("job"u8))
            {
                job = JsonSerializer.Deserialize(ref reader, EngineJsonContext.Default.JobInfo);
            }
            else if (reader.ValueTextEquals("phase"u8))
            {
                reader.Read();
                phase = Enum.Parse<ExecutionPhase>(reader.GetString()!);
            }
            else if (reader.ValueTextEquals("childPolicy"u8))
            {
                reader.Read();
                childPolicy = Enum.Parse<ChildPolicy>(reader.GetString()!);
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                text = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        return new Entry
        {
            Kind = kind ?? throw new JsonException("A journal entry has no kind."),
            At = at, Operation = operation, Value = value, Error = error, Due = due, Attempt = attempt,
            MessageId = message, Child = child, Job = job, Phase = phase, ChildPolicy = childPolicy, Text = text,
        };
    }

    private static EntryKind ParseKind(string name)
    {
        int index = Array.IndexOf(KindNames, name);
        return index >= 0
            ? (EntryKind)index
            : throw new JsonException(string.Create(
                CultureInfo.InvariantCulture, $"The journal has an entry of kind '{name}', which this version does not know."));
    }
}
