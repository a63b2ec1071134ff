using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class ArchiveContract(StoreBackend backend) : StoreContract(backend)
{
    private static ArchiveRow Archive(string name = "tree", string ns = "default", DateTimeOffset? createdAt = null) => new()
    {
        Uid = Make.NewId(),
        Key = new ExecutionKey(ns, name),
        Function = "work",
        Phase = ExecutionPhase.Failed,
        Labels = JsonPayload.Parse("""{"app":"shop"}"""),
        CreatedAt = createdAt ?? Make.Now,
        FinishedAt = Make.Now.AddSeconds(1),
        ArchivedAt = Make.Now.AddSeconds(2),
        Executions = 3,
        Version = 7,
    };

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(params string[] texts)
    {
        // One buffer for all, as writers have it: a store must not keep what it is given.
        byte[] buffer = new byte[100];
        foreach (string text in texts)
        {
            await Task.Yield();
            Array.Clear(buffer);
            Make.Bytes(text).CopyTo(buffer, 0);
            yield return buffer.AsMemory(0, text.Length);
        }
    }

    private static Task<bool> WriteAsync(IExecutionStore store, ArchiveRow row, params string[] pieces) =>
        store.WriteArchiveAsync(row, Pieces(pieces), () => row, None);

    private static async Task<string[]> ReadAsync(IExecutionStore store, Guid uid)
    {
        List<string> pieces = [];
        await foreach (ReadOnlyMemory<byte> piece in store.ReadArchiveAsync(uid, None))
        {
            pieces.Add(piece.Text());
        }

        return [.. pieces];
    }

    private static async Task<ArchiveRow> FindAsync(IExecutionStore store, ArchiveRow row) =>
        (await store.FindArchivesAsync(row.Key, 10, None)).Single(found => found.Uid == row.Uid);

    [SkippableFact]
    public async Task An_archived_tree_comes_back_as_it_was_written()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive() with { DeleteAt = Make.Now.AddDays(3) };

        Assert.True(await store.WriteArchiveAsync(row, Pieces("one", "three"), () => row with { Executions = 12 }, None));

        ArchiveRow found = await FindAsync(store, row);
        Assert.Equal("""{"app":"shop"}""", found.Labels.ToString().Replace(" ", "", StringComparison.Ordinal));
        Assert.NotEqual(0, found.ResourceVersion);
        Assert.Equal(row with { Executions = 12, Bytes = 8, Labels = found.Labels, ResourceVersion = found.ResourceVersion }, found);
        Assert.Equal(["one", "three"], await ReadAsync(store, row.Uid));
        Assert.True(await store.IsArchiveWholeAsync(row.Uid, None));
        Assert.Empty(await ReadAsync(store, Guid.NewGuid()));
        Assert.False(await store.IsArchiveWholeAsync(Guid.NewGuid(), None));
    }

    [SkippableFact]
    public async Task It_is_replaced_only_by_who_knows_what_is_there()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive();
        Assert.False(await WriteAsync(store, row with { ResourceVersion = 99 }, "nothing to replace"));
        Assert.True(await WriteAsync(store, row, "first", "tree"));
        ArchiveRow first = await FindAsync(store, row);
        Assert.False(await WriteAsync(store, row, "late"));
        Assert.False(await WriteAsync(store, first with { ResourceVersion = first.ResourceVersion + 1000 }, "other"));
        Assert.Equal(["first", "tree"], await ReadAsync(store, row.Uid));

        Assert.True(await WriteAsync(store, first with { Phase = ExecutionPhase.Completed, Version = 8 }, "second"));

        ArchiveRow second = await FindAsync(store, row);
        Assert.Equal((ExecutionPhase.Completed, 8, 6), (second.Phase, second.Version, second.Bytes));
        Assert.NotEqual(first.ResourceVersion, second.ResourceVersion);
        Assert.Equal(["second"], await ReadAsync(store, row.Uid));
    }

    [SkippableFact]
    public async Task Of_many_who_write_it_at_once_one_does()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive();
        bool[] stored = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(store, row, $"a{i}", $"b{i}"))));

        int winner = Array.IndexOf(stored, true);
        Assert.Single(stored, one => one);
        Assert.Equal([$"a{winner}", $"b{winner}"], await ReadAsync(store, row.Uid));
    }

    [SkippableFact]
    public async Task What_is_given_up_leaves_nothing_and_what_it_throws_comes_through()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive();
        async IAsyncEnumerable<ReadOnlyMemory<byte>> Broken()
        {
            yield return Make.Bytes("one");
            await Task.Yield();
            throw new InvalidOperationException("It runs again.");
        }

        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => store.WriteArchiveAsync(row, Broken(), () => row, None));
        Assert.Equal("It runs again.", thrown.Message);
        Assert.Empty(await store.FindArchivesAsync(row.Key, 10, None));
        Assert.Empty(await ReadAsync(store, row.Uid));
        Assert.True(await WriteAsync(store, row, "whole"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.WriteArchiveAsync(
            row with { ResourceVersion = 1 }, Broken(), () => row, None));
        Assert.Equal(["whole"], await ReadAsync(store, row.Uid));
    }

    [SkippableFact]
    public async Task A_piece_has_a_size()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive();
        async IAsyncEnumerable<ReadOnlyMemory<byte>> Of(int size)
        {
            await Task.Yield();
            yield return new byte[size];
        }

        await Assert.ThrowsAsync<ArgumentException>(() => store.WriteArchiveAsync(row, Of(StoreArguments.MaxArchivePiece + 1), () => row, None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.WriteArchiveAsync(row, Of(0), () => row, None));
        Assert.True(await store.WriteArchiveAsync(row, Of(StoreArguments.MaxArchivePiece), () => row, None));
        Assert.Equal(StoreArguments.MaxArchivePiece, (await FindAsync(store, row)).Bytes);
    }

    [SkippableFact]
    public async Task Who_reads_one_that_is_replaced_meanwhile_gets_no_mixture()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow row = Archive();
        await WriteAsync(store, row, "a1", "a2");
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> reading = store.ReadArchiveAsync(row.Uid, None).GetAsyncEnumerator();
        Assert.True(await reading.MoveNextAsync());
        Assert.True(await WriteAsync(store, await FindAsync(store, row), "b1", "b2"));

        Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await reading.MoveNextAsync())).IsTransient);
    }

    [SkippableFact]
    public async Task Those_of_a_name_come_youngest_first_and_lists_come_in_pages()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow[] rows =
        [
            Archive("b", createdAt: Make.Now), Archive("b", createdAt: Make.Now.AddMinutes(2)), Archive("b", createdAt: Make.Now.AddMinutes(1)),
            Archive("a"), Archive("Z"), Archive("c", ns: "other"), Archive("a", ns: "other"),
        ];
        foreach (ArchiveRow row in rows)
        {
            Assert.True(await WriteAsync(store, row, "x"));
        }

        Assert.Equal([rows[1].Uid, rows[2].Uid, rows[0].Uid], (await store.FindArchivesAsync(rows[0].Key, 10, None)).Select(row => row.Uid));
        Assert.Equal([rows[1].Uid], (await store.FindArchivesAsync(rows[0].Key, 1, None)).Select(row => row.Uid));
        Guid[] all = [rows[4].Uid, rows[3].Uid, rows[0].Uid, rows[1].Uid, rows[2].Uid, rows[6].Uid, rows[5].Uid];
        Assert.Equal(all, await ListAsync(null));
        Assert.Equal(all[..5], await ListAsync("default"));
        Assert.Equal(all[5..], await ListAsync("other"));
        Assert.Empty(await ListAsync("none"));

        async Task<List<Guid>> ListAsync(string? ns)
        {
            List<Guid> listed = [];
            (ExecutionKey, Guid)? after = null;
            while (true)
            {
                IReadOnlyList<ArchiveRow> page = await store.ListArchivesAsync(ns, after, 2, None);
                listed.AddRange(page.Select(row => row.Uid));
                if (page.Count < 2)
                {
                    return listed;
                }

                after = (page[^1].Key, page[^1].Uid);
            }
        }
    }

    [SkippableFact]
    public async Task They_are_deleted_when_their_time_has_come_or_when_somebody_asks()
    {
        IExecutionStore store = await OpenAsync();
        ArchiveRow[] rows = [.. Enumerable.Range(0, 4).Select(i => Archive($"n{i}") with { DeleteAt = i == 3 ? null : Make.Now.AddDays(i) })];
        foreach (ArchiveRow row in rows)
        {
            await WriteAsync(store, row, "x");
        }

        Assert.Equal(0, await store.DeleteArchivesAsync(Make.Now.AddSeconds(-1), 10, None));
        Assert.Equal(1, await store.DeleteArchivesAsync(Make.Now.AddDays(1), 1, None));
        Assert.Equal(["n1", "n2", "n3"], (await store.ListArchivesAsync(null, null, 10, None)).Select(row => row.Key.Name));
        Assert.Equal(2, await store.DeleteArchivesAsync(Make.Now.AddDays(1000), 10, None));
        Assert.True(await store.DeleteArchiveAsync(rows[3].Uid, None));
        Assert.False(await store.DeleteArchiveAsync(rows[3].Uid, None));
        Assert.Empty(await store.ListArchivesAsync(null, null, 10, None));
        Assert.Empty(await ReadAsync(store, rows[3].Uid));
    }

    [SkippableFact]
    public async Task Roots_are_found_when_they_are_due_behind_a_row_and_not_when_they_are_to_be_deleted()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow Due(string name, int minutes) => Make.Row(name).Ended() with { ArchiveAfter = TimeSpan.FromMinutes(minutes) };
        ExecutionRow[] rows = [Due("c", 2), Due("a", 1), Due("b", 1), Due("later", 60), Make.Row("never").Ended(), Make.Row("runs") with { ArchiveAfter = TimeSpan.Zero }];
        ExecutionRow deleted = Due("deleted", 1) with { DeleteAfter = TimeSpan.FromMinutes(1) };
        ExecutionRow kept = Due("kept", 3) with { DeleteAfter = TimeSpan.FromDays(1) };
        await ApplyAsync(store, [.. rows.Append(deleted).Append(kept).Select(row => Make.Insert(row))]);

        IReadOnlyList<DueRow> due = await store.FindArchivableAsync(Make.Now.AddMinutes(5), null, 10, None);

        Assert.Equal(
            [
                new DueRow(Make.Now.AddMinutes(1), rows[1].Key, rows[1].Uid), new DueRow(Make.Now.AddMinutes(1), rows[2].Key, rows[2].Uid),
                new DueRow(Make.Now.AddMinutes(2), rows[0].Key, rows[0].Uid), new DueRow(Make.Now.AddMinutes(3), kept.Key, kept.Uid),
            ],
            due);
        Assert.Equal(due.Skip(1).Take(2), await store.FindArchivableAsync(Make.Now.AddMinutes(5), due[0], 2, None));
        Assert.Empty(await store.FindArchivableAsync(Make.Now, null, 10, None));
    }
}
