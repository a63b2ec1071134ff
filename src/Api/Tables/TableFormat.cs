using System.Buffers;
using System.Text.Json;
using Kontinue.Api.Access;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Tables;

/// <summary>
/// Answers in a form of Kubernetes' own (<c>meta.k8s.io/v1</c>). As a <c>Table</c>, what kubectl asks for to print: used for lists, for
/// single resources (one row), and for each event of a watch (one row; column definitions in the first event only). As
/// <c>PartialObjectMetadata</c>, and as a list of it, the metadata only: what the garbage collector, the deletion of namespaces and
/// metadata informers ask for, of whatever kind.
/// </summary>
internal sealed class TableFormat
{
    private const string Group = "meta.k8s.io";

    private const string TableKind = "Table";
    private const string ListKind = MetadataKind + "List";

    private readonly TimeProvider _clock;
    private readonly string _kind;
    private readonly IncludeObject _include;

    private TableFormat(TimeProvider clock, string kind, string apiVersion, IncludeObject include)
    {
        _clock = clock;
        _kind = kind;
        ApiVersion = apiVersion;
        _include = include;
    }

    /// <summary>The kind of a resource's metadata alone.</summary>
    public const string MetadataKind = "PartialObjectMetadata";

    /// <summary>How many different forms there are of one resource.</summary>
    public const int Variants = 8;

    /// <summary>Which of them this is: those of the same variant, with or without column definitions, are the same bytes.</summary>
    public int Variant => ((IsMetadataOnly ? (int)IncludeObject.Object + 1 : (int)_include) * 2) + (ApiVersion.EndsWith("v1", StringComparison.Ordinal) ? 0 : 1);

    /// <summary>Whether it is no table, but the metadata alone.</summary>
    public bool IsMetadataOnly => !string.Equals(_kind, TableKind, StringComparison.Ordinal);

    /// <summary>The version of the form.</summary>
    public string ApiVersion { get; }

    private enum IncludeObject
    {
        Metadata,
        None,
        Object,
    }

    /// <summary>The form that a request asks for; null when it asks for the resources themselves.</summary>
    /// <exception cref="ApiException">
    /// 406: nothing that is served is acceptable, as when metadata of one is asked for where there is a list; 400: <c>includeObject</c> is
    /// wrong.
    /// </exception>
    public static TableFormat? From(HttpRequest request, TimeProvider? clock = null)
    {
        bool isOne = request.RouteValues.ContainsKey("name") || RequestTarget.IsWatch(request);
        AcceptedForm? asked = AcceptHeader.Choose(
            request, isOne ? static f => IsServed(f, MetadataKind) : static f => IsServed(f, ListKind));
        if (asked is not { } form)
        {
            return null;
        }

        string? include = request.Query["includeObject"];
        return new TableFormat(clock ?? TimeProvider.System, form.Kind, $"{Group}/{form.Version}", include switch
        {
            null or "" or "Metadata" => IncludeObject.Metadata,
            "None" => IncludeObject.None,
            "Object" => IncludeObject.Object,
            _ => throw QueryReader.Bad("includeObject", $"'{include}' is not one of None, Metadata, Object."),
        });
    }

    /// <summary>Writes executions as a table.</summary>
    /// <param name="writer">Where to; several tables may follow each other within a larger document.</param>
    /// <param name="executions">The rows; none for a bookmark.</param>
    /// <param name="metadata">The list's metadata; for a single row, its resource version.</param>
    /// <param name="withColumnDefinitions">False for every event of a watch but the first.</param>
    public void Write(Utf8JsonWriter writer, IReadOnlyList<Execution> executions, ListMetadata metadata, bool withColumnDefinitions = true) =>
        Write(writer, TableLayouts.Executions, executions, metadata, withColumnDefinitions);

    /// <summary>Writes suspensions as a table.</summary>
    public void Write(Utf8JsonWriter writer, IReadOnlyList<Suspension> suspensions, ListMetadata metadata, bool withColumnDefinitions = true) =>
        Write(writer, TableLayouts.Suspensions, suspensions, metadata, withColumnDefinitions);

    /// <summary>Writes silos as a table.</summary>
    public void Write(Utf8JsonWriter writer, IReadOnlyList<Silo> silos, ListMetadata metadata, bool withColumnDefinitions = true) =>
        Write(writer, TableLayouts.Silos, silos, metadata, withColumnDefinitions);

    /// <summary>Writes functions as a table.</summary>
    public void Write(Utf8JsonWriter writer, IReadOnlyList<Function> functions, ListMetadata metadata, bool withColumnDefinitions = true) =>
        Write(writer, TableLayouts.Functions, functions, metadata, withColumnDefinitions);

    /// <summary>Answers a request with executions.</summary>
    public Task AnswerAsync(HttpContext context, IReadOnlyList<Execution> executions, ListMetadata metadata) =>
        AnswerAsync(context, TableLayouts.Executions, executions, metadata);

    /// <summary>Answers a request with suspensions.</summary>
    public Task AnswerAsync(HttpContext context, IReadOnlyList<Suspension> suspensions, ListMetadata metadata) =>
        AnswerAsync(context, TableLayouts.Suspensions, suspensions, metadata);

    /// <summary>Answers a request with functions.</summary>
    public Task AnswerAsync(HttpContext context, IReadOnlyList<Function> functions, ListMetadata metadata) =>
        AnswerAsync(context, TableLayouts.Functions, functions, metadata);

    /// <summary>Answers a request with archived executions.</summary>
    public Task AnswerAsync(HttpContext context, IReadOnlyList<ArchivedExecution> archives, ListMetadata metadata) =>
        AnswerAsync(context, TableLayouts.Archives, archives, metadata);

    /// <summary>Answers a request with silos.</summary>
    public Task AnswerAsync(HttpContext context, IReadOnlyList<Silo> silos, ListMetadata metadata) =>
        AnswerAsync(context, TableLayouts.Silos, silos, metadata);

    private static bool IsServed(AcceptedForm form, string metadataKind) =>
        form is { Group: Group, Version: "v1" or "v1beta1" } && (form.Kind is TableKind || string.Equals(form.Kind, metadataKind, StringComparison.Ordinal));

    private Task AnswerAsync<T>(HttpContext context, TableLayout<T> layout, IReadOnlyList<T> resources, ListMetadata metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = KontinueJsonContext.Writing.Options.Encoder }))
        {
            Write(writer, layout, resources, metadata, withColumnDefinitions: true);
        }

        return Answer.BytesAsync(context, buffer.WrittenMemory);
    }

    private void Write<T>(Utf8JsonWriter writer, TableLayout<T> layout, IReadOnlyList<T> resources, ListMetadata metadata, bool withColumnDefinitions)
    {
        if (string.Equals(_kind, MetadataKind, StringComparison.Ordinal))
        {
            WriteMetadata(writer, layout.Metadata(resources[0]));
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("kind", _kind);
        writer.WriteString("apiVersion", ApiVersion);
        writer.WritePropertyName("metadata");
        JsonSerializer.Serialize(writer, metadata, KontinueJsonContext.Writing.ListMetadata);
        if (IsMetadataOnly)
        {
            writer.WriteStartArray("items");
            foreach (T resource in resources)
            {
                WriteMetadata(writer, layout.Metadata(resource));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            return;
        }

        if (withColumnDefinitions)
        {
            writer.WriteStartArray("columnDefinitions");
            foreach (TableColumn<T> column in layout.Columns)
            {
                column.WriteDefinition(writer);
            }

            writer.WriteEndArray();
        }
        else
        {
            writer.WriteNull("columnDefinitions");
        }

        writer.WriteStartArray("rows");
        DateTimeOffset now = _clock.GetUtcNow();
        foreach (T resource in resources)
        {
            WriteRow(writer, layout, resource, now);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteRow<T>(Utf8JsonWriter writer, TableLayout<T> layout, T resource, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("cells");
        foreach (TableColumn<T> column in layout.Columns)
        {
            column.WriteCell(writer, resource, now);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("object");
        switch (_include)
        {
            case IncludeObject.None:
                writer.WriteNullValue();
                break;
            case IncludeObject.Object:
                layout.WriteWhole(writer, resource);
                break;
            default:
                WriteMetadata(writer, layout.Metadata(resource));
                break;
        }

        writer.WriteEndObject();
    }

    private void WriteMetadata(Utf8JsonWriter writer, ObjectMetadata metadata)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", MetadataKind);
        writer.WriteString("apiVersion", ApiVersion);
        writer.WritePropertyName("metadata");
        JsonSerializer.Serialize(writer, metadata, KontinueJsonContext.Writing.ObjectMetadata);
        writer.WriteEndObject();
    }
}
