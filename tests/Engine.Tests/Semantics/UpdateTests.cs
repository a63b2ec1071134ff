using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class UpdateTests
{
    private static Dictionary<string, string> Map(string value) => new() { ["example.com/a"] = value };

    private static Execution Change(Execution execution, Func<ObjectMetadata, ObjectMetadata> change) =>
        execution with { Metadata = change(execution.Metadata) };

    private static async Task<(TestHost Host, ExecutionKey Key)> StartAsync()
    {
        TestHost host = await TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext ktx) => ktx.Suspend<int>("gate")));
        ExecutionKey key = (await host.Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Name = "x", Labels = Map("1"), Annotations = Map("2") },
            Spec = new ExecutionSpec { Function = "f", Arguments = JsonPayload.Parse("""{"a": [1]}"""), Retry = new RetrySpec { Retries = 1 } },
        })).Key;
        await host.WaitForPhaseAsync(key, ExecutionPhase.Suspended);
        return (host, key);
    }

    [Fact]
    public async Task Labels_annotations_and_ttl_are_changed_beside_the_run()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        Execution before = await host.Client.GetAsync(key);
        Assert.Equal(("1", "2", 1), (before.Metadata.Labels!["example.com/a"], before.Metadata.Annotations!["example.com/a"], before.Metadata.Generation));
        Execution after = await host.Client.UpdateAsync(key, e => Change(e, m => m with { Labels = Map("3"), Annotations = null }) with
        {
            Spec = e.Spec with { Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromHours(1), DeleteAfter = TimeSpan.FromHours(2) } },
        });
        Assert.Equal(2, after.Metadata.Generation);
        Assert.NotEqual(before.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
        await host.Client.ResumeAsync(key, payload: JsonPayload.From(5));
        await host.WaitForEndAsync(key);
        await host.RestartAsync();
        Execution ended = await host.Client.GetAsync(key);

        Assert.Equal((ExecutionPhase.Completed, "3", null, 2), (
            ended.Status!.Phase, ended.Metadata.Labels!["example.com/a"], ended.Metadata.Annotations, ended.Metadata.Generation));
        Assert.Equal(new TtlSpec { ArchiveAfter = TimeSpan.FromHours(1), DeleteAfter = TimeSpan.FromHours(2) }, ended.Spec.Ttl);
        Assert.Null(ended.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task A_change_that_changes_nothing_writes_nothing()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        Execution before = await host.Client.GetAsync(key);
        host.Store.BeforeSettings = _ => throw new InvalidOperationException("Nothing was to be written.");
        await host.Client.UpdateAsync(key, e => e);

        // As a tool writes it that knows only the fields it needs.
        await host.Client.UpdateAsync(key, e => new Execution
        {
            Metadata = new ObjectMetadata { Name = "x", Labels = Map("1"), Annotations = Map("2") },
            Spec = new ExecutionSpec { Function = "f", Arguments = JsonPayload.Parse("""{"a":[1]}"""), Retry = new RetrySpec { Retries = 1 } },
        });

        Assert.Equal(before.Metadata.ResourceVersion, (await host.Client.GetAsync(key)).Metadata.ResourceVersion);
    }

    public static TheoryData<string, Func<Execution, Execution>> Refused => new()
    {
        { "metadata.name", e => Change(e, m => m with { Name = "y" }) },
        { "metadata.namespace", e => Change(e, m => m with { Namespace = "other" }) },
        { "metadata.generation", e => Change(e, m => m with { Generation = 9 }) },
        { "metadata.creationTimestamp", e => Change(e, m => m with { CreationTimestamp = DateTimeOffset.UnixEpoch }) },
        { "metadata.deletionTimestamp", e => Change(e, m => m with { DeletionTimestamp = DateTimeOffset.UnixEpoch }) },
        { "metadata.ownerReferences", e => Change(e, m => m with { OwnerReferences = [new OwnerReference("a", "b", "c", Guid.Empty)] }) },
        { "kind", e => e with { Kind = "Other" } },
        { "spec.function", e => e with { Spec = e.Spec with { Function = "g" } } },
        { "spec.arguments.a", e => e with { Spec = e.Spec with { Arguments = JsonPayload.Parse("""{"a":[2]}""") } } },
        { "spec.arguments.b", e => e with { Spec = e.Spec with { Arguments = JsonPayload.Parse("""{"a":[1],"b":1}""") } } },
        { "spec.arguments.a", e => e with { Spec = e.Spec with { Arguments = default } } },
        { "spec.mutex", e => e with { Spec = e.Spec with { Mutex = new MutexSpec { Name = "m" } } } },
        { "spec.priority", e => e with { Spec = e.Spec with { Priority = 1 } } },
        { "spec.concurrencyKey", e => e with { Spec = e.Spec with { ConcurrencyKey = "k" } } },
        { "spec.workerGroup", e => e with { Spec = e.Spec with { WorkerGroup = "default" } } },
        { "spec.retry.retries", e => e with { Spec = e.Spec with { Retry = new RetrySpec { Retries = 2 } } } },
        { "spec.retry", e => e with { Spec = e.Spec with { Retry = null } } },
        { "spec.timeout", e => e with { Spec = e.Spec with { Timeout = new TimeoutSpec { Overall = TimeSpan.FromDays(1) } } } },
        { "status.phase", e => e with { Status = e.Status! with { Phase = ExecutionPhase.Failed } } },
        { "spec.ttl.deleteAfter", e => e with { Spec = e.Spec with { Ttl = new TtlSpec { DeleteAfter = TimeSpan.Zero } } } },
        { "spec.ttl.archiveAfter", e => e with { Spec = e.Spec with { Ttl = new TtlSpec { ArchiveAfter = TimeSpan.FromDays(-1) } } } },
        { "metadata.labels['not a key']", e => Change(e, m => m with { Labels = new Dictionary<string, string> { ["not a key"] = "1" } }) },
        { "metadata.annotations['not a key']", e => Change(e, m => m with { Annotations = new Dictionary<string, string> { ["not a key"] = "1" } }) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Anything_else_is_refused_by_name(string field, Func<Execution, Execution> change)
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        Execution before = await host.Client.GetAsync(key);
        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.UpdateAsync(key, change));

        Assert.Equal(field, refused.Field);
        Assert.Equal(before.Metadata.ResourceVersion, (await host.Client.GetAsync(key)).Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_change_made_from_something_else_is_a_conflict()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        Execution old = await host.Client.GetAsync(key);
        await host.Client.UpdateAsync(key, e => Change(e, m => m with { Labels = Map("9") }));

        await Assert.ThrowsAsync<ExecutionConflictException>(() => host.Client.UpdateAsync(key, _ => Change(old, m => m with { Labels = Map("8") })));
        await Assert.ThrowsAsync<ExecutionConflictException>(
            () => host.Client.UpdateAsync(key, e => Change(e, m => m with { Uid = Guid.NewGuid() })));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.UpdateAsync(TestHost.Key("nowhere"), e => e));
        Assert.Equal("9", (await host.Client.GetAsync(key)).Metadata.Labels!["example.com/a"]);
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_made()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        await Wait.For(Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => host.Client.UpdateAsync(key, e => Change(
            e, m => m with { Annotations = new Dictionary<string, string>(m.Annotations!) { [$"a{i}"] = "x" } }))))));

        Execution after = await host.Client.GetAsync(key);
        Assert.Equal((6, 6), (after.Metadata.Annotations!.Count, after.Metadata.Generation));
    }

    [Fact]
    public async Task Somebody_who_is_always_slower_is_told_so()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        int calls = 0;
        host.Store.BeforeSettings = async write =>
        {
            calls++;
            await host.Shared.UpdateSettingsAsync(write, CancellationToken.None);
        };
        await Assert.ThrowsAsync<ExecutionConflictException>(
            () => host.Client.UpdateAsync(key, e => Change(e, m => m with { Labels = Map(m.ResourceVersion!) })));

        Assert.Equal(10, calls);
    }

    [Fact]
    public async Task Annotations_of_a_row_of_an_earlier_version_are_shown_and_can_be_taken_away()
    {
        (TestHost host, ExecutionKey key) = await StartAsync();
        await using var _ = host;
        var unit = new CommitUnit();
        ExecutionRow row = (await host.Shared.ReadAsync(key, CancellationToken.None))! with
        {
            Key = TestHost.Key("old"),
            Uid = Guid.CreateVersion7(),
            Revision = 1,
            Phase = ExecutionPhase.Completed,
            JournalSequence = 0,
            Settings = default,
            Spec = new StoredSpec { Annotations = Map("7") }.Serialize(),
            Owner = null,
            WakeAt = null,
        };
        unit.Rows.Add(new RowWrite { Row = row, IsInsert = true });
        await host.Shared.CommitAsync([unit], CancellationToken.None);
        Assert.Equal("7", (await host.Client.GetAsync(row.Key)).Metadata.Annotations!["example.com/a"]);
        await host.Client.UpdateAsync(row.Key, e => Change(e, m => m with { Labels = Map("1") }));
        Assert.Equal("7", (await host.Client.GetAsync(row.Key)).Metadata.Annotations!["example.com/a"]);
        await host.Client.UpdateAsync(row.Key, e => Change(e, m => m with { Annotations = null }));

        Assert.Null((await host.Client.GetAsync(row.Key)).Metadata.Annotations);
    }
}
