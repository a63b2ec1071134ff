using Kontinue.Engine.Storage;
using Kontinue.Storage.Tests.Backends;
using Xunit;

namespace Kontinue.Storage.Tests.Contract;

public abstract class CommitContract(StoreBackend backend) : StoreContract(backend)
{
    [SkippableFact]
    public async Task A_row_comes_back_as_it_was_written()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row("full", Make.Silo(), "ns") with
        {
            Function = "every-column",
            Phase = ExecutionPhase.Backoff,
            Epoch = 1,
            Held = true,
            WakeAt = Make.Now.AddTicks(10),
            FinishedAt = Make.Now.AddDays(1),
            ParentUid = Guid.CreateVersion7(),
            DeleteAfter = TimeSpan.FromDays(400) + TimeSpan.FromMicroseconds(1),
            ArchiveAfter = TimeSpan.FromDays(40) + TimeSpan.FromMicroseconds(1),
            WorkerGroup = "gpu",
            Semaphores = ["a'\"\\,{}", "null"],
            Settings = JsonPayload.Parse("""{"annotations":{"a":"d\u00e9j\u00e0"}}"""),
            Spec = JsonPayload.Parse("""{ "a": [1, 2] }"""),
            Status = JsonPayload.Parse("\"d\u00e9j\u00e0 'vu'; \\\" -- \u65e5\u672c \ud83d\ude00\""),
            JournalSequence = 7,
        };

        await ApplyAsync(store, Make.Insert(row));

        ExecutionRow stored = await ReadAsync(store, row);
        Assert.True(stored.ResourceVersion > 0);
        Assert.Equal(row.Spec.ToString(), stored.Spec.ToString());
        Assert.Equal(row.Status.ToString(), stored.Status.ToString());
        Assert.Equal(row.Settings.ToString(), stored.Settings.ToString());
        Assert.True(stored.Labels.IsNone);
        Assert.Equal(row.Semaphores, stored.Semaphores);
        Assert.Equal(row with { AwaitedSemaphore = row.Semaphores[0] }, stored with
        {
            ResourceVersion = 0,
            Spec = row.Spec,
            Status = row.Status,
            Labels = row.Labels,
            Settings = row.Settings,
            Semaphores = row.Semaphores,
        });
    }

    [SkippableFact]
    public async Task Times_are_cut_to_microseconds_and_keep_their_moment()
    {
        IExecutionStore store = await OpenAsync();
        DateTimeOffset[] times =
        [
            new(2026, 3, 29, 2, 30, 0, TimeSpan.FromHours(5.5)), Make.Now.AddTicks(1), Make.Now.AddTicks(9), Make.Now.AddTicks(19),
            new DateTimeOffset(1969, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(9_999_999), new(1, 1, 2, 0, 0, 0, TimeSpan.Zero), DateTimeOffset.MaxValue,
        ];
        foreach (DateTimeOffset time in times)
        {
            ExecutionRow row = Make.Row() with { WakeAt = time, CreatedAt = time, FinishedAt = time };
            await ApplyAsync(store, Make.Insert(row));

            ExecutionRow stored = await ReadAsync(store, row);
            DateTimeOffset expected = StoreTime.Truncate(time);
            Assert.Equal((expected, expected, expected), (stored.CreatedAt, stored.WakeAt, stored.FinishedAt));
            Assert.Equal(TimeSpan.Zero, stored.CreatedAt.Offset);
        }
    }

    [SkippableFact]
    public async Task Names_may_hold_anything_and_be_as_long_as_the_rules_allow()
    {
        IExecutionStore store = await OpenAsync();
        foreach (string name in new[] { "o'brien", "\"quoted\"", "$1; DROP TABLE executions", "日本", "back\\slash", "%_", new string('x', 253) })
        {
            ExecutionRow row = Make.Row(name, ns: new string('n', 63)) with { Function = name };
            Message message = Make.Message(row, name);
            await ApplyAsync(store, Make.Insert(row).With(Make.Record(row, 1, name)).With(message));

            Assert.Equal(name, (await ReadAsync(store, row)).Function);
            Assert.Equal([$"1:{name}"], await ReadJournalAsync(store, row));
            Assert.Equal(name, Assert.Single(await ClaimMessagesAsync(store, row)).Body.Text());
        }
    }

    [SkippableFact]
    public async Task Payloads_of_a_mebibyte_come_back_whole()
    {
        IExecutionStore store = await OpenAsync();
        byte[] large = new byte[1024 * 1024];
        new Random(1).NextBytes(large);
        ExecutionRow row = Make.Row() with { Spec = new JsonPayload(large), Status = new JsonPayload(large) };

        await ApplyAsync(store, Make.Insert(row).With(new JournalRecord(row.Uid, 1, large)).With(Make.Message(row) with { Body = large }));

        ExecutionRow stored = await ReadAsync(store, row);
        Assert.True(stored.Spec.Utf8.Span.SequenceEqual(large));
        Assert.True(stored.Status.Utf8.Span.SequenceEqual(large));
        Assert.True((await store.ReadJournalAsync(row.Uid, 0, 1, None))[0].Data.Span.SequenceEqual(large));
        Assert.True((await ClaimMessagesAsync(store, row))[0].Body.Span.SequenceEqual(large));
    }

    [SkippableFact]
    public async Task An_empty_journal_record_and_an_empty_body_are_kept()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row();
        await ApplyAsync(store, Make.Insert(row).With(new JournalRecord(row.Uid, 1, default)).With(Make.Message(row) with { Body = default }));

        Assert.Equal(["1:"], await ReadJournalAsync(store, row));
        Assert.True(Assert.Single(await ClaimMessagesAsync(store, row)).Body.IsEmpty);
    }

    [SkippableFact]
    public async Task An_update_writes_what_it_may_and_nothing_else()
    {
        IExecutionStore store = await OpenAsync();
        SiloId silo = Make.Silo();
        ExecutionRow row = Make.Row("r", silo) with
        {
            Labels = JsonPayload.Parse("""{"a":"b"}"""),
            Settings = JsonPayload.Parse("1"),
            DeleteAfter = TimeSpan.FromHours(1),
        };
        await ApplyAsync(store, Make.Insert(row));

        ExecutionRow next = row with
        {
            Revision = 2,
            Function = "other",
            Owner = Make.Silo(),
            CreatedAt = Make.Now.AddDays(1),
            ParentUid = Guid.NewGuid(),
            Labels = default,
            Settings = default,
            Generation = 7,
            DeleteAfter = null,
            DeleteAt = Make.Now,
            Phase = ExecutionPhase.Suspended,
            Held = true,
            WakeAt = null,
            FinishedAt = Make.Now,
            JournalSequence = 3,
            Spec = JsonPayload.Parse("2"),
            Status = JsonPayload.Parse("3"),
        };
        await ApplyAsync(store, Make.Update(next));

        ExecutionRow stored = await ReadAsync(store, row);
        Assert.Equal("work", stored.Function);
        Assert.Equal((silo, Make.Now, null), (stored.Owner, stored.CreatedAt, stored.ParentUid));
        Assert.Equal("b", stored.Labels.To<Dictionary<string, string>>()!["a"]);
        Assert.Equal("1", stored.Settings.ToString());
        Assert.Equal((1, TimeSpan.FromHours(1), null), (stored.Generation, stored.DeleteAfter, stored.DeleteAt));
        Assert.Equal(row.Spec.ToString(), stored.Spec.ToString());
        Assert.Equal("3", stored.Status.ToString());
        Assert.Equal((ExecutionPhase.Suspended, true, null, Make.Now), (stored.Phase, stored.Held, stored.WakeAt, stored.FinishedAt));
        Assert.Equal((2, 1, 3), (stored.Revision, stored.Epoch, stored.JournalSequence));
    }

    [SkippableFact]
    public async Task An_update_writes_the_spec_and_releases_the_owner_when_told_to()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(row));

        await ApplyAsync(store, Make.Update(row.Next() with { Spec = JsonPayload.Parse("2") }, write =>
        {
            write.WritesSpec = true;
            write.ReleasesOwner = true;
        }));

        ExecutionRow stored = await ReadAsync(store, row);
        Assert.Equal("2", stored.Spec.ToString());
        Assert.Null(stored.Owner);
        Assert.Equal(1, stored.Epoch);
    }

    [SkippableFact]
    public async Task A_truncating_update_leaves_only_its_own_records()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        ExecutionRow bystander = Make.Row();
        await ApplyAsync(
            store,
            Make.Insert(row).With(Make.Record(row, 1), Make.Record(row, 2)),
            Make.Insert(bystander).With(Make.Record(bystander, 1)));

        await ApplyAsync(store, Make.Update(row.Next(), write => write.TruncatesJournal = true).With(Make.Record(row, 3, "new")));

        Assert.Equal(["3:new"], await ReadJournalAsync(store, row));
        Assert.Equal(["1:entry"], await ReadJournalAsync(store, bystander));
    }

    [SkippableFact]
    public async Task A_parent_and_its_children_are_written_together()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow parent = Make.Row(owner: Make.Silo());
        await ApplyAsync(store, Make.Insert(parent));
        ExecutionRow[] children = [.. Enumerable.Range(0, 5).Select(_ => Make.Row() with { ParentUid = parent.Uid })];

        CommitUnit unit = Make.Update(parent.Next()).With(Make.Record(parent, 1));
        unit.Rows.AddRange(children.Select(child => new RowWrite { Row = child, IsInsert = true }));
        unit.With(Make.Record(children[0], 1, "of child"));
        await ApplyAsync(store, unit);

        foreach (ExecutionRow child in children)
        {
            Assert.Equal(parent.Uid, (await ReadAsync(store, child)).ParentUid);
        }

        Assert.Equal(["1:of child"], await ReadJournalAsync(store, children[0]));
    }

    [SkippableFact]
    public async Task Consumed_messages_are_gone_and_missing_ones_do_not_matter()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow row = Make.Row(owner: Make.Silo());
        Message[] messages = [.. Enumerable.Range(0, 3).Select(i => Make.Message(row, $"{i}"))];
        await ApplyAsync(store, Make.Insert(row).With(messages));

        CommitUnit unit = Make.Update(row.Next());
        unit.Consumed.AddRange([new(row.Key, messages[1].Id), new(row.Key, Guid.NewGuid())]);
        await ApplyAsync(store, unit);

        IReadOnlyList<Message> left = await ClaimMessagesAsync(store, row);
        Assert.Equal(["0", "2"], left.Select(message => message.Body.Text()));
        Assert.Equal(messages[0].SentAt, left[0].SentAt);
    }

    [SkippableFact]
    public async Task A_batch_of_a_thousand_units_of_all_kinds_is_applied()
    {
        IExecutionStore store = await OpenAsync();
        ExecutionRow[] rows = [.. Enumerable.Range(0, 500).Select(_ => Make.Row(owner: Make.Silo()))];
        await ApplyAsync(store, [.. rows.Select(row => Make.Insert(row))]);

        List<CommitUnit> units = [.. rows.Select(row => Make.Update(row.Next()).With(Make.Record(row, 1)).With(Make.Message(row)))];
        ExecutionRow[] added = [.. Enumerable.Range(0, 250).Select(_ => Make.Row())];
        units.AddRange(added.Select(row => Make.Insert(row)));
        units.AddRange(rows.Take(250).Select(row => Make.Send(Make.Message(row))));
        await ApplyAsync(store, [.. units]);

        foreach (ExecutionRow row in rows.Take(3))
        {
            Assert.Equal(2, (await ReadAsync(store, row)).Revision);
            Assert.Equal(["1:entry"], await ReadJournalAsync(store, row));
        }

        Assert.Equal(750, (await store.ListAsync(new RowQuery { Limit = 10_000 }, None)).Count);
    }

    [SkippableFact]
    public async Task Arguments_out_of_range_are_refused()
    {
        IExecutionStore store = await OpenAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.CommitAsync([], None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.CommitAsync([new CommitUnit { RequireTarget = true }], None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ListAsync(new RowQuery { Limit = 0 }, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.ReadChangesAsync(0, 10_001, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.FindDeletableAsync(Make.Now, null, 0, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.PruneDeletionsAsync(TimeSpan.Zero, 10_001, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => store.DeleteAsync([.. Enumerable.Range(0, 1001).Select(_ => Make.Deletion(Make.Row()))], None));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => store.ClaimAsync(Make.Silo(), [.. Enumerable.Range(0, 1001).Select(i => new ExecutionKey("n", $"{i}"))], Make.NoLimits, None));
    }

    [SkippableFact]
    public async Task A_store_answers_a_ping()
    {
        IExecutionStore store = await OpenAsync();
        await store.PingAsync(None);
    }
}
