using System.Buffers;
using System.Text;
using System.Text.Json;
using Kontinue.Api.Responses;
using Kontinue.Resources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kontinue.Api.Requests;

/// <summary>
/// Turns a body of YAML into JSON: one document, values by the core schema of YAML 1.2 (so <c>yes</c> and <c>on</c> are text), no key twice.
/// </summary>
/// <remarks>
/// Nothing is built but the JSON. Aliases are written out each time, so what they can blow up is the JSON, and that has the limit of every
/// other body. An alias within its own anchor is refused, so there are no cycles.
/// </remarks>
internal sealed class YamlBody
{
    /// <summary>As deep as JSON may be.</summary>
    private const int MaxDepth = 64;

    /// <summary>What is kept of a body while it is read takes much more room than the body.</summary>
    private const int MaxEvents = 100_000;

    private readonly List<ParsingEvent> _events = [];
    private readonly Dictionary<int, int> _targets = [];
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private readonly int _maxBytes;

    private YamlBody(int maxBytes)
    {
        _maxBytes = maxBytes;
        _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = KontinueJsonContext.Writing.Options.Encoder, MaxDepth = 2 * MaxDepth });
    }

    /// <summary>Converts a body.</summary>
    /// <param name="utf8">The body, in valid UTF-8.</param>
    /// <param name="maxBytes">How large the JSON may become.</param>
    /// <exception cref="ApiException">400: it is no YAML that can be JSON; 413: it becomes too large.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> utf8, int maxBytes)
    {
        // kubectl apply --server-side sends JSON under a name of YAML; what is JSON needs no second reading.
        if (IsJson(utf8.Span))
        {
            return utf8;
        }

        var body = new YamlBody(maxBytes);
        try
        {
            body.Load(Encoding.UTF8.GetString(utf8.Span));
            body.WriteNode(0, depth: 0);
        }
        catch (YamlException e)
        {
            throw Bad(e.Start, e.Message);
        }

        body._writer.Flush();
        return body._buffer.WrittenMemory;
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> text = utf8.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty || text[0] != (byte)'{')
        {
            return false;
        }

        var reader = new Utf8JsonReader(text);
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reads the events of the one document, and what its aliases stand for: an anchor may be given again, and then means the latest before
    /// the alias. Depth is checked as events come: the parser takes long for very deep input.
    /// </summary>
    private void Load(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var anchors = new Dictionary<AnchorName, int>();
        var open = new Stack<int>();
        int documents = 0;
        while (MoveNext(parser))
        {
            ParsingEvent current = parser.Current!;
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    throw Bad(current.Start, "there is a second document. Send one document in each request.");
                case StreamStart or StreamEnd or DocumentStart or DocumentEnd:
                    continue;
                case AnchorAlias alias:
                    _targets[_events.Count] = anchors.TryGetValue(alias.Value, out int target) && !open.Contains(target)
                        ? target
                        : throw Bad(alias.Start, $"there is no anchor \"{alias.Value}\" that ends before it.");
                    break;
                case NodeEvent { Anchor.IsEmpty: false } named:
                    anchors[named.Anchor] = _events.Count;
                    break;
            }

            if (current is MappingStart or SequenceStart)
            {
                open.Push(_events.Count);
                CheckDepth(current, open.Count);
            }
            else if (current is MappingEnd or SequenceEnd)
            {
                open.Pop();
            }

            if (_events.Count == MaxEvents)
            {
                throw Bad(current.Start, $"it has more than {MaxEvents:N0} values. Send it as JSON.");
            }

            _events.Add(current);
        }

        if (_events.Count == 0)
        {
            throw new ApiException(StatusFactory.BadRequest("The body is YAML without a document."));
        }
    }

    private static bool MoveNext(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (ArgumentOutOfRangeException)
        {
            // The parser does not check that two escapes of half a character make a whole one, in keys and in values.
            throw Bad(parser.Current?.End ?? Mark.Empty, "after this there is a text that is not valid Unicode (half of a surrogate pair).");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The parser meets some input that it does not expect with an assertion of its own: a line break within a plain text that
            // is less indented than its list or object in braces.
            throw Bad(parser.Current?.End ?? Mark.Empty, "what comes after this cannot be understood.");
        }
    }

    /// <summary>Writes the node that begins at an event, and gives the position after it.</summary>
    private int WriteNode(int at, int depth)
    {
        ParsingEvent node = _events[at];
        CheckDepth(node, depth);
        if (_writer.BytesCommitted + _writer.BytesPending > _maxBytes)
        {
            throw new ApiException(StatusFactory.BodyTooLarge(_maxBytes));
        }

        switch (node)
        {
            case MappingStart mapping:
                return WriteMapping(mapping, at + 1, depth);
            case SequenceStart sequence:
                return WriteSequence(sequence, at + 1, depth);
            case Scalar scalar:
                YamlScalar.Write(_writer, scalar);
                return at + 1;
            case AnchorAlias:
                WriteNode(_targets[at], depth);
                return at + 1;
            default:
                throw Bad(node.Start, "it cannot be understood here.");
        }
    }

    private int WriteMapping(MappingStart mapping, int at, int depth)
    {
        CheckTag(mapping, "tag:yaml.org,2002:map");
        var keys = new HashSet<string>(StringComparer.Ordinal);
        _writer.WriteStartObject();
        while (_events[at] is not MappingEnd)
        {
            string key = YamlScalar.Key(_events[at]);
            if (!keys.Add(key))
            {
                throw Bad(_events[at].Start, $"the key \"{key}\" is there more than once.");
            }

            _writer.WritePropertyName(key);
            at = WriteNode(at + 1, depth + 1);
        }

        _writer.WriteEndObject();
        return at + 1;
    }

    private int WriteSequence(SequenceStart sequence, int at, int depth)
    {
        CheckTag(sequence, "tag:yaml.org,2002:seq");
        _writer.WriteStartArray();
        while (_events[at] is not SequenceEnd)
        {
            at = WriteNode(at, depth + 1);
        }

        _writer.WriteEndArray();
        return at + 1;
    }

    private static void CheckDepth(ParsingEvent node, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Bad(node.Start, $"it is nested deeper than {MaxDepth} levels.");
        }
    }

    private static void CheckTag(NodeEvent node, string expected)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && !string.Equals(node.Tag.Value, expected, StringComparison.Ordinal))
        {
            throw Bad(node.Start, $"the tag {node.Tag.Value} is not supported.");
        }
    }

    internal static ApiException Bad(Mark where, string what) =>
        new(StatusFactory.BadRequest($"The body is not valid YAML: line {where.Line}, column {where.Column}: {what}"));
}
