using System.Text.Json;
using System.Text.Json.Serialization;
using Kontinue.Resources;

namespace Kontinue.Engine.Archives;

/// <summary>The form in which trees are archived, which later versions must be able to read.</summary>
/// <remarks>
/// <para>
/// Lines of JSON, compressed with gzip, cut into pieces anywhere. gzip, because a tree that was copied out of a database can be read
/// anywhere for as long as it is kept, with <c>zcat</c> and without Kontinue; because it takes little memory and time beside running
/// executions; and because one gzip stream may follow another one.
/// </para>
/// <para>
/// Such a stream begins with a line that names the form (<see cref="Line.Format"/>), goes on with executions and their journals as the API
/// shows them, and ends with a line that says how many there were, so that a part is not taken for the whole. When executions have
/// changed after they were archived, another stream with those that are left is put before: of an execution that is there twice, the first counts.
/// Unknown members are passed over. What an older version would read wrongly needs another number.
/// </para>
/// </remarks>
internal static class ArchiveFormat
{
    /// <summary>The number of the form.</summary>
    public const int Current = 1;

    /// <summary>What a piece is cut at. Few bytes are held then, and one piece is still a page of its own for a database.</summary>
    public const int PieceBytes = 256 * 1024;

    /// <summary>One line as it is stored.</summary>
    public sealed record Line
    {
        /// <summary>Of the first line: the number of the form.</summary>
        public int? Format { get; init; }

        /// <inheritdoc cref="ArchivedTreeLine.Execution"/>
        public Execution? Execution { get; init; }

        /// <inheritdoc cref="ArchivedTreeLine.Entry"/>
        public JournalEntry? Entry { get; init; }

        /// <summary>Of the last line: what came before it.</summary>
        public End? End { get; init; }
    }

    /// <summary>How many lines there were.</summary>
    public sealed record End(int Executions, long Entries);
}

/// <summary>How lines are written; they are read with <see cref="ResourceJson.Tolerant{T}"/>.</summary>
[JsonSerializable(typeof(ArchiveFormat.Line))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ArchiveJsonContext : JsonSerializerContext
{
    public static ArchiveJsonContext Writing { get; } = new(new JsonSerializerOptions(KontinueJsonContext.Writing.Options) { TypeInfoResolver = null });
}
