using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Api.Tables;

/// <summary>One column of a table.</summary>
/// <param name="Name">The heading; kubectl writes it in capitals.</param>
/// <param name="Description">What the cells say.</param>
/// <param name="Cell">Gives a cell: the resource and the time of the answer.</param>
internal sealed record TableColumn<T>(string Name, string Description, Func<T, DateTimeOffset, string> Cell)
{
    /// <summary>OpenAPI's name of the cells' type: string or integer. Cells of integers are text of digits.</summary>
    public string Type { get; init; } = "string";

    /// <summary>OpenAPI's format; <c>name</c> marks the column that identifies the resource.</summary>
    public string Format { get; init; } = "";

    /// <summary>0 is always shown, 1 with <c>-o wide</c> only.</summary>
    public int Priority { get; init; }

    public void WriteDefinition(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name", Name);
        writer.WriteString("type", Type);
        writer.WriteString("format", Format);
        writer.WriteString("description", Description);
        writer.WriteNumber("priority", Priority);
        writer.WriteEndObject();
    }

    public void WriteCell(Utf8JsonWriter writer, T resource, DateTimeOffset now)
    {
        string text = Cell(resource, now);
        if (Type is "integer")
        {
            writer.WriteRawValue(text);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }
}

/// <summary>What a row shows of its resource besides the cells.</summary>
/// <param name="Columns">The cells.</param>
/// <param name="Metadata">Gives the metadata.</param>
/// <param name="WriteWhole">Writes the resource itself.</param>
internal sealed record TableLayout<T>(IReadOnlyList<TableColumn<T>> Columns, Func<T, ObjectMetadata> Metadata, Action<Utf8JsonWriter, T> WriteWhole);
