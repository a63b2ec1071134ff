using Kontinue.Resources;
using Xunit;

namespace Kontinue.Client.Rules;

public abstract partial class ClientRules
{
    [Fact]
    public async Task A_resume_brings_its_payload()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.ResumeAsync(asks.Key, "something-else"));
        await Client.ResumeAsync(asks.Key, "approval", JsonPayload.From("yes"));
        Assert.Equal("yes", (await Client.WaitAsync(asks.Key, Long)).GetResult<string>());
    }

    [Fact]
    public async Task A_resume_needs_neither_name_nor_payload()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        await Client.ResumeAsync(asks.Key);
        Assert.Null((await Client.WaitAsync(asks.Key, Long)).GetResult<string>());
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.ResumeAsync(asks.Key));
    }

    [Fact]
    public async Task Events_come_in_order()
    {
        Execution listens = await Client.CreateAsync(New("listens"));
        await Client.SendEventAsync(listens.Key, "number", JsonPayload.From(1));
        await Client.SendEventAsync(listens.Key, "number", JsonPayload.From(2));
        Execution ended = await Client.WaitAsync(listens.Key, Long);
        Assert.Equal([1, 2], ended.GetResult<int[]>()!);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.SendEventAsync(listens.Key, "number"));
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.SendEventAsync(listens.Key, "no#name"));
    }

    [Fact]
    public async Task A_cancellation_ends_what_waits()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        await Client.CancelAsync(asks.Key, "enough");
        Assert.Equal(ExecutionPhase.Canceled, (await Client.WaitAsync(asks.Key, Long)).Status!.Phase);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.CancelAsync(asks.Key));
    }

    [Fact]
    public async Task What_has_failed_is_retried()
    {
        Execution broken = await Client.CreateAsync(New("breaks"), Long);
        Assert.Equal("It is broken.", Assert.Throws<ExecutionFailedException>(() => broken.GetResult<string>()).Error.Message);
        ClientFunctions.Mend(broken.Key);
        await Client.RetryAsync(broken.Key, ChildPolicy.RetryFailed);
        Assert.Equal("mended", (await Client.WaitAsync(broken.Key, Long)).GetResult<string>());
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.RetryAsync(broken.Key));
    }

    [Fact]
    public async Task What_has_failed_is_passed_over_with_a_result()
    {
        Execution broken = await Client.CreateAsync(New("breaks"), Long);
        await Client.SkipAsync(broken.Key, JsonPayload.From(7), "not needed");
        Execution skipped = await Client.GetAsync(broken.Key);
        Assert.Equal((ExecutionPhase.Skipped, "7"), (skipped.Status!.Phase, skipped.Status.Result.ToString()));
    }

    [Fact]
    public async Task A_copy_has_the_spec_and_a_name_of_its_own_or_the_one_given()
    {
        Execution first = await Client.CreateAsync(New("echo", new { value = "x" }, new Dictionary<string, string> { ["a"] = "b" }), Long);
        Execution copy = await Client.ResubmitAsync(first.Key);
        Assert.StartsWith(first.Metadata.Name + "-", copy.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal("b", copy.Metadata.Labels!["a"]);
        Assert.Equal("x", (await Client.WaitAsync(copy.Key, Long)).GetResult<string>());
        string name = $"named-{Guid.NewGuid():N}";
        Assert.Equal(name, (await Client.ResubmitAsync(first.Key, name)).Metadata.Name);
        Assert.Equal(name, (await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => Client.ResubmitAsync(first.Key, name))).Key.Name);
    }

    [Fact]
    public async Task An_update_changes_labels_annotations_and_time_to_live()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        var labels = new Dictionary<string, string> { ["tier"] = "gold" };
        Execution updated = await Client.UpdateAsync(asks.Key, e => e with
        {
            Metadata = e.Metadata with { Labels = labels },
            Spec = e.Spec with { Ttl = new TtlSpec { DeleteAfter = TimeSpan.FromHours(3) } },
        });
        Assert.Equal("gold", updated.Metadata.Labels!["tier"]);
        Assert.Equal(TimeSpan.FromHours(3), (await Client.GetAsync(asks.Key)).Spec.Ttl!.DeleteAfter);
        Assert.Equal(updated.Metadata.ResourceVersion, (await Client.UpdateAsync(asks.Key, e => e)).Metadata.ResourceVersion);
    }

    [Fact]
    public async Task An_update_of_anything_else_is_refused()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        (Func<Execution, Execution> Change, string Field)[] wrong =
        [
            (e => e with { Spec = e.Spec with { Function = "echo" } }, "spec.function"),
            (e => e with { Metadata = e.Metadata with { Name = "other" } }, "metadata.name"),
            (e => e with { Status = e.Status! with { Phase = ExecutionPhase.Failed } }, "status.phase"),
        ];
        foreach ((Func<Execution, Execution> change, string field) in wrong)
        {
            Assert.Equal(field, (await Assert.ThrowsAsync<InvalidRequestException>(() => Client.UpdateAsync(asks.Key, change))).Field);
        }

        await Assert.ThrowsAsync<ExecutionConflictException>(
            () => Client.UpdateAsync(asks.Key, e => e with { Metadata = e.Metadata with { Uid = Guid.NewGuid() } }));
        await Assert.ThrowsAsync<ExecutionConflictException>(
            () => Client.UpdateAsync(asks.Key, e => e with { Metadata = e.Metadata with { ResourceVersion = "1" } }));
    }

    [Fact]
    public async Task An_update_is_applied_on_top_of_somebody_else_s()
    {
        Execution asks = await StartedAsync("asks", ExecutionPhase.Suspended);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Client.UpdateAsync(asks.Key, e => e with
        {
            Metadata = e.Metadata with
            {
                Labels = new Dictionary<string, string>(e.Metadata.Labels ?? new Dictionary<string, string>()) { [$"l{i}"] = "x" },
            },
        })));
        Assert.Equal(5, (await Client.GetAsync(asks.Key)).Metadata.Labels!.Count);
    }

    [Fact]
    public async Task A_deletion_removes_it_or_says_that_it_will()
    {
        Execution ended = await Client.CreateAsync(New("nothing"), Long);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => Client.DeleteAsync(ended.Key, new DeleteRequest { Uid = Guid.NewGuid() }));
        await Client.DeleteAsync(ended.Key, new DeleteRequest { DryRun = true });
        await Client.GetAsync(ended.Key);
        Assert.Null((await Client.DeleteAsync(ended.Key)).Metadata.DeletionTimestamp);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => Client.GetAsync(ended.Key));
    }
}
