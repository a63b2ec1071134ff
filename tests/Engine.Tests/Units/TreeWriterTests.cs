using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Kontinue.Engine.Archives;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class TreeWriterTests
{
    private const int Children = 5000;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static ExecutionRow Row(string name, ExecutionRow? parent = null, string spec = "{}", long journal = 0) => new()
    {
        Key = TestHost.Key(name), Uid = Guid.CreateVersion7(), Function = "f", Phase = ExecutionPhase.Completed, Revision = 1, CreatedAt = Now,
        FinishedAt = Now, ParentUid = parent?.Uid, Spec = JsonPayload.Parse(spec), Status = JsonPayload.EmptyObject, JournalSequence = journal,
    };

    private static CommitUnit Insert(ExecutionRow row, params string[] records)
    {
        var unit = new CommitUnit();
        unit.Rows.Add(new RowWrite { Row = row, IsInsert = true });
        unit.Journal.AddRange(records.Select((text, i) => new JournalRecord(row.Uid, i + 1, Encoding.UTF8.GetBytes(text))));
        return unit;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(params byte[][] pieces)
    {
        await Task.Yield();
        foreach (byte[] piece in pieces)
        {
            yield return piece;
        }
    }

    private static async Task<List<ArchivedTreeLine>> ReadAsync(params byte[][] pieces)
    {
        List<ArchivedTreeLine> lines = [];
        await foreach (ArchivedTreeLine line in TreeLines.ReadAsync(Guid.Empty, Pieces(pieces), CancellationToken.None))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static async Task<byte[][]> WriteAsync(IExecutionStore store, ExecutionRow root)
    {
        List<byte[]> pieces = [];
        await foreach (ReadOnlyMemory<byte> piece in new TreeWriter(new TreeReader(store)).PiecesAsync(root, Now, CancellationToken.None))
        {
            Assert.InRange(piece.Length, 1, StoreArguments.MaxArchivePiece);
            pieces.Add(piece.ToArray());
        }

        return [.. pieces];
    }

    private static byte[] Zip(params string[] lines)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        }

        return memory.ToArray();
    }

    [Fact]
    public async Task However_many_children_there_are_and_however_large_they_are_few_are_held_at_once()
    {
        var store = new CrashableStore(new InMemoryStore());
        ExecutionRow root = Row("root", journal: 1);
        await store.CommitAsync([Insert(root, """{"kind":"StepCompleted","at":"2026-03-01T12:00:00Z","op":"s","value":1}""")], CancellationToken.None);
        var random = new Random(1);
        foreach (int[] some in Enumerable.Range(0, Children).Chunk(500))
        {
            // What does not compress: base64 of random bytes.
            await store.CommitAsync(
                [.. some.Select(i =>
                {
                    byte[] bytes = new byte[3000];
                    random.NextBytes(bytes);
                    return Insert(Row($"c{i:0000}", root, $$"""{"arguments":"{{Convert.ToBase64String(bytes)}}"}"""));
                })],
                CancellationToken.None);
        }

        long most = 0;
        store.Listed = rows => most = Math.Max(most, rows.Sum(row => (long)row.Spec.Length));
        byte[][] pieces = await WriteAsync(store, root);

        Assert.InRange(most, 1, 1024 * 1024 + 10_000);
        Assert.InRange(pieces.Length, 20, 100);
        Assert.Equal(Children + 1, (await ReadAsync(pieces)).Count(line => line.Execution is not null));
    }

    [Fact]
    public async Task A_payload_larger_than_a_piece_is_cut_and_one_of_several_lines_becomes_one()
    {
        var store = new InMemoryStore();
        byte[] bytes = new byte[2_000_000];
        new Random(2).NextBytes(bytes);
        string large = Convert.ToBase64String(bytes);
        ExecutionRow root = Row("root", spec: $$"""
            {
              "arguments": {
                "large": "{{large}}",
                "next": [1,
                  2]
              }
            }
            """);
        await store.CommitAsync([Insert(root)], CancellationToken.None);

        byte[][] pieces = await WriteAsync(store, root);

        Assert.True(pieces.Length > 1);
        ArchivedTreeLine line = Assert.Single(await ReadAsync(pieces));
        using JsonDocument arguments = JsonDocument.Parse(line.Execution!.Spec.Arguments.Utf8);
        Assert.Equal(large, arguments.RootElement.GetProperty("large").GetString());
        using var unzipped = new StreamReader(new GZipStream(new MemoryStream([.. pieces.SelectMany(piece => piece)]), CompressionMode.Decompress));
        Assert.Equal(3, (await unzipped.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task One_that_runs_is_not_written()
    {
        var store = new InMemoryStore();
        ExecutionRow root = Row("root", journal: 1);
        ExecutionRow child = Row("child", root) with { Phase = ExecutionPhase.Suspended, FinishedAt = null };
        await store.CommitAsync([Insert(root), Insert(child)], CancellationToken.None);

        Assert.Equal(child.Key, (await Assert.ThrowsAsync<TreeRunsException>(() => WriteAsync(store, root))).Running.Key);
    }

    /// <summary>What version 1 of the form has written must be readable for ever: change nothing here, add.</summary>
    [Fact]
    public async Task The_form_as_it_was_written_first_is_read()
    {
        byte[] first = Zip(
            """{"format":1}""",
            """{"execution":{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"n"},"spec":{"function":"f"},"status":{"phase":"Completed"}}}""",
            """{"entry":{"sequence":1,"kind":"StepCompleted","at":"2026-03-01T12:00:00+00:00","name":"s","value":{"a":1}}}""",
            """{"ofALaterTime":true}""",
            """{"end":{"executions":1,"entries":1}}""");
        byte[] appended = Zip(
            """{"format":1}""", """{"execution":{"metadata":{"name":"n"},"spec":{"function":"f"},"status":{"phase":"Failed","new":1}}}""",
            """{"end":{"executions":1,"entries":0}}""");

        List<ArchivedTreeLine> lines = await ReadAsync(first, appended);

        Assert.Equal(3, lines.Count);
        Assert.Equal(("n", "s", """{"a":1}"""), (lines[0].Execution!.Metadata.Name, lines[1].Entry!.Name, lines[1].Entry!.Value.ToString()));
        Assert.Equal(ExecutionPhase.Failed, lines[2].Execution!.Status!.Phase);
    }

    [Theory]
    [InlineData("a newer version", """{"format":2}""", """{"end":{"executions":0,"entries":0}}""")]
    [InlineData("end is missing", """{"format":1}""", """{"execution":{"metadata":{"name":"n"},"spec":{"function":"f"}}}""")]
    [InlineData("not in order", """{"format":1}""", """{"end":{"executions":1,"entries":0}}""")]
    [InlineData("not in order", """{"execution":{"metadata":{"name":"n"},"spec":{"function":"f"}}}""")]
    [InlineData("cannot be read", """{"format":1}""", "{,")]
    public async Task What_is_damaged_or_newer_is_refused(string why, params string[] lines)
    {
        KontinueException refused = await Assert.ThrowsAsync<KontinueException>(() => ReadAsync(Zip(lines)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KontinueException>(() => ReadAsync([1, 2, 3, 4]));
        await Assert.ThrowsAsync<KontinueException>(() => ReadAsync(Zip(lines)[..^20]));
    }
}
