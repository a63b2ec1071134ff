using System.Buffers;
using System.Text.Json;
using Kontinue.Api.Requests;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Tables;

/// <summary>
/// Answers as Kubernetes' <c>Table</c> (<c>meta.k8s.io/v1</c>): what kubectl asks for to print. Used for lists, for single resources (one
/// row), and for each event of a watch (one row; column definitions in the first event only).
/// </summary>
internal sealed class TableFormat
{
    private const string Group = "meta.k8s.io";

    private readonly TimeProvider _clock;
    private readonly string _apiVersion;
    private readonly IncludeObject _include;

    private TableFormat(TimeProvider clock, string apiVersion, IncludeObject include)
    {
        _clock = clock;
        _apiVersion = apiVersion;
        _include = include;
    }

    /// <summary>How many different tables there are of one resource.</summary>
    public const int Variants = 6;

    /// <summary>Which of them this is: tables of the same variant, with or without column definitions, are the same bytes.</summary>
    public int Variant => ((int)_include * 2) + (_apiVersion.EndsWith("v1", StringComparison.Ordinal) ? 0 : 1);

    private enum IncludeObject
    {
        Metadata,
        None,
        Object,
    }

    /// <summary>The table that a request asks for; null when it asks for the resources themselves.</summary>
    /// <exception cref="ApiException">406: neither is acceptable; 400: <c>includeObject</c> is wrong.</exception>
    public static TableFormat? From(HttpRequest request, TimeProvider? clock = null)
    {
        AcceptedForm? form = AcceptHeader.Choose(
            request, static f => f is { Kind: "Table", Group: Group, Version: "v1" or "v1beta1" });
        if (form is not { } table)
        {
            return null;
        }

        string? include = request.Query["includeObject"];
        return new TableFormat(clock ?? TimeProvider.System, $"{Group}/{table.Version}", include switch
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
        writer.WriteStartObject();
        writer.WriteString("kind", "Table");
        writer.WriteString("apiVersion", _apiVersion);
        writer.WritePropertyName("metadata");
        JsonSerializer.Serialize(writer, metadata, KontinueJsonContext.Writing.ListMetadata);
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
                writer.WriteStartObject();
                writer.WriteString("kind", "PartialObjectMetadata");
                writer.WriteString("apiVersion", _apiVersion);
                writer.WritePropertyName("metadata");
                JsonSerializer.Serialize(writer, layout.Metadata(resource), KontinueJsonContext.Writing.ObjectMetadata);
                writer.WriteEndObject();
                break;
        }

        writer.WriteEndObject();
    }
}
