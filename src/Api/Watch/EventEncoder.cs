using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Kontinue.Api.Tables;
using Kontinue.Resources;

namespace Kontinue.Api.Watch;

/// <summary>
/// Serializes what watches tell. An execution is serialized once for each form, however many watch it: the bytes are kept as long as the
/// object that all watches are given.
/// </summary>
internal sealed class EventEncoder(ApiGroup group)
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = KontinueJsonContext.Writing.Options.Encoder };

    private readonly ConditionalWeakTable<Execution, Forms> _forms = [];

    /// <summary>Serializes an execution.</summary>
    /// <param name="execution">The object that all watches of this change are given.</param>
    /// <param name="table">The table that was asked for; null: the execution itself.</param>
    /// <param name="isFirst">Whether nothing has been told before: then a table describes its columns.</param>
    public ReadOnlyMemory<byte> Encode(Execution execution, TableFormat? table, bool isFirst)
    {
        if (table is not null && isFirst)
        {
            return Write(execution, table, isFirst: true);
        }

        // Two watches may both do it at the same time; they get the same bytes.
        Forms forms = _forms.GetOrCreateValue(execution);
        return table is null
            ? forms.Plain ??= Write(execution, table: null, isFirst: false)
            : (forms.Tables ??= new byte[TableFormat.Variants][])[table.Variant] ??= Write(execution, table, isFirst: false);
    }

    public ReadOnlyMemory<byte> Encode(Suspension suspension, TableFormat? table, bool isFirst) => Write(writer =>
    {
        Suspension shown = group.Show(suspension);
        if (table is null)
        {
            JsonSerializer.Serialize(writer, shown, KontinueJsonContext.Writing.Suspension);
        }
        else
        {
            table.Write(writer, [shown], RowMetadata(shown.Metadata), isFirst);
        }
    });

    public ReadOnlyMemory<byte> Encode(Function function, TableFormat? table, bool isFirst) => Write(writer =>
    {
        Function shown = group.Show(function);
        if (table is null)
        {
            JsonSerializer.Serialize(writer, shown, KontinueJsonContext.Writing.Function);
        }
        else
        {
            table.Write(writer, [shown], RowMetadata(shown.Metadata), isFirst);
        }
    });

    public ReadOnlyMemory<byte> Encode(Silo silo, TableFormat? table, bool isFirst) => Write(writer =>
    {
        Silo shown = group.Show(silo);
        if (table is null)
        {
            JsonSerializer.Serialize(writer, shown, KontinueJsonContext.Writing.Silo);
        }
        else
        {
            table.Write(writer, [shown], RowMetadata(shown.Metadata), isFirst);
        }
    });

    /// <summary>An object that has nothing but a version.</summary>
    /// <param name="kind">The kind of what is watched.</param>
    /// <param name="version">Where to go on.</param>
    /// <param name="table">The table that was asked for; null: the resource itself.</param>
    /// <param name="isInitialEnd">Whether all that was there has been told.</param>
    public WatchLine Bookmark(string kind, string version, TableFormat? table, bool isInitialEnd) => new(WatchLine.Bookmark, Write(writer =>
    {
        if (table is { IsMetadataOnly: false } && !isInitialEnd)
        {
            table.Write(writer, Array.Empty<Execution>(), new ListMetadata { ResourceVersion = version }, withColumnDefinitions: false);
            return;
        }

        writer.WriteStartObject();
        bool isMetadataOnly = table is { IsMetadataOnly: true };
        writer.WriteString("kind", isMetadataOnly ? TableFormat.MetadataKind : kind);
        writer.WriteString("apiVersion", isMetadataOnly ? table!.ApiVersion : group.ApiVersion);
        writer.WriteStartObject("metadata");
        writer.WriteString("resourceVersion", version);
        if (isInitialEnd)
        {
            writer.WriteStartObject("annotations");
            writer.WriteString("k8s.io/initial-events-end", "true");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }));

    public static WatchLine Error(ErrorStatus status) =>
        new(WatchLine.Error, Write(writer => JsonSerializer.Serialize(writer, status, KontinueJsonContext.Writing.ErrorStatus)));

    private static ListMetadata RowMetadata(ObjectMetadata metadata) => new() { ResourceVersion = metadata.ResourceVersion };

    private byte[] Write(Execution execution, TableFormat? table, bool isFirst) => Write(writer =>
    {
        Execution shown = group.Show(execution);
        if (table is null)
        {
            JsonSerializer.Serialize(writer, shown, KontinueJsonContext.Writing.Execution);
        }
        else
        {
            table.Write(writer, [shown], RowMetadata(shown.Metadata), isFirst);
        }
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What was made of one execution.</summary>
    private sealed class Forms
    {
        public byte[]? Plain { get; set; }

        public byte[]?[]? Tables { get; set; }
    }
}
