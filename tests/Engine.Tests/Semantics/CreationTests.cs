using Kontinue.Client;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

public sealed class CreationTests
{
    private sealed record Number(int N);

    private static Execution Make(string? name, string? request = null) => new()
    {
        Metadata = new ObjectMetadata
        {
            Name = name,
            GenerateName = name is null ? "f-" : null,
            Annotations = request is null ? null : new Dictionary<string, string> { ["kontinue.cloud/request-id"] = request },
        },
        Spec = new ExecutionSpec { Function = "f" },
    };

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(k => k.AddFunction("f", (KontinueContext _) => 1));

    [Fact]
    public async Task A_trial_says_what_would_be_and_stores_nothing()
    {
        await using TestHost host = await StartAsync();
        Execution shown = await host.Client.TryCreateAsync(Make(name: null) with
        {
            Spec = new ExecutionSpec { Function = "f", Ttl = new TtlSpec { DeleteAfter = TimeSpan.FromDays(1) } },
        });
        Assert.StartsWith("f-", shown.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal((10, ExecutionPhase.Pending, TimeSpan.FromDays(1)), (
            shown.Metadata.Name!.Length, shown.Status!.Phase, shown.Spec.Ttl!.DeleteAfter));
        Assert.NotNull(shown.Metadata.Uid);
        Assert.Empty((await host.Client.ListAsync(new ListQuery())).Items);
        await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.TryCreateAsync(Make("No Name")));

        Execution there = await host.Client.CreateAsync(Make("x"));
        Assert.Equal(there.Metadata.Uid, (await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(
            () => host.Client.TryCreateAsync(Make("x")))).ExistingUid);
    }

    [Fact]
    public async Task Several_are_created_and_answered_in_order()
    {
        await using TestHost host = await StartAsync();
        await host.Client.CreateAsync(Make("n7"));
        Execution[] wanted = [.. Enumerable.Range(0, 500).Select(i => Make($"n{i}"))];
        IReadOnlyList<CreateOutcome> outcomes = await Wait.For(host.Client.CreateManyAsync(wanted));

        Assert.Equal(500, outcomes.Count);
        for (int i = 0; i < outcomes.Count; i++)
        {
            Assert.Equal(i == 7, outcomes[i].Error is ExecutionAlreadyExistsException);
            Assert.Equal(i == 7 ? null : $"n{i}", outcomes[i].Execution?.Metadata.Name);
        }

        Assert.Equal(1, await host.ResultAsync<int>(TestHost.Key("n499")));
    }

    [Fact]
    public async Task One_that_is_wrong_keeps_all_from_being_created()
    {
        await using TestHost host = await StartAsync();
        InvalidRequestException wrong = await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.CreateManyAsync([Make("a"), Make("No Name")]));
        Assert.Equal("items[1].metadata.name", wrong.Field);
        Execution large = Make("a") with { Spec = new ExecutionSpec { Function = "f", Arguments = JsonPayload.From(new { a = new string('x', 2_000_000) }) } };
        Assert.Equal("items[0].spec.arguments", (await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.CreateManyAsync([large]))).Field);
        Assert.Equal("items[1].metadata.name", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.CreateManyAsync([Make("a"), Make("a")]))).Field);
        Assert.Equal("items[0]", (await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.CreateManyAsync([null!]))).Field);
        Assert.Equal("items", (await Assert.ThrowsAsync<InvalidRequestException>(() => host.Client.CreateManyAsync([]))).Field);
        Assert.Equal("items", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => host.Client.CreateManyAsync([.. Enumerable.Range(0, 501).Select(_ => Make(name: null))]))).Field);

        Assert.Empty((await host.Client.ListAsync(new ListQuery())).Items);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_finds_what_it_has_created()
    {
        await using TestHost host = await StartAsync();
        IReadOnlyList<CreateOutcome> first = await host.Client.CreateManyAsync([Make("a", "1"), Make("b", "2")]);
        IReadOnlyList<CreateOutcome> second = await host.Client.CreateManyAsync([Make("a", "1"), Make("b", "3"), Make("c", "4")]);

        Assert.Equal(first[0].Execution!.Metadata.Uid, second[0].Execution!.Metadata.Uid);
        Assert.IsType<ExecutionAlreadyExistsException>(second[1].Error);
        Assert.Equal("c", second[2].Execution!.Metadata.Name);
    }

    [Fact]
    public async Task Nothing_is_accepted_by_a_host_that_has_stopped()
    {
        await using TestHost host = await StartAsync();
        await host.StopAsync();
        await Assert.ThrowsAsync<UnavailableException>(() => host.Client.CreateManyAsync([Make("a")]));
    }

    [Fact]
    public async Task A_resubmitted_execution_is_a_new_one_that_does_the_same()
    {
        await using TestHost host = await TestHost.StartAsync(k => k
            .AddFunction("f", (KontinueContext _, Number number) => number.N)
            .AddFunction("parent", (KontinueContext ktx) => ktx.Execute<int>("f", new Number(4), new ChildOptions { Name = "child" })));
        var spec = new ExecutionSpec
        {
            Function = "f", Arguments = JsonPayload.Parse("""{"n":3}"""), Retry = new RetrySpec { Retries = 2 },
            Timeout = new TimeoutSpec { Overall = TimeSpan.FromHours(1) }, Ttl = new TtlSpec { DeleteAfter = TimeSpan.FromHours(2) },
        };
        Execution old = await host.Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata
            {
                GenerateName = "job-", Labels = new Dictionary<string, string> { ["a"] = "b" }, Annotations = new Dictionary<string, string> { ["c"] = "d" },
            },
            Spec = spec,
        });
        Execution again = await host.Client.ResubmitAsync(old.Key);

        Assert.NotEqual(old.Metadata.Uid, again.Metadata.Uid);
        Assert.Matches("^job-[a-z0-9]{8}$", again.Metadata.Name);
        Assert.Equal(old.Metadata.Name, Assert.Single(again.Metadata.Annotations!, a => a.Key == "kontinue.cloud/resubmitted-from").Value);
        Assert.Single(again.Metadata.Annotations!);
        Assert.Equal(("b", spec), (again.Metadata.Labels!["a"], again.Spec));
        Assert.Equal(3, await host.ResultAsync<int>(again.Key));

        ExecutionKey parent = await host.StartFunctionAsync("parent");
        await host.WaitForEndAsync(parent);
        Execution root = await host.Client.ResubmitAsync(TestHost.Key("child"), "alone");
        Assert.Equal(("alone", null), (root.Metadata.Name, root.Metadata.OwnerReferences));
        Assert.Equal(4, await host.ResultAsync<int>(root.Key));
        Assert.StartsWith("child-", (await host.Client.ResubmitAsync(TestHost.Key("child"))).Metadata.Name, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => host.Client.ResubmitAsync(TestHost.Key("child"), "alone"));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => host.Client.ResubmitAsync(TestHost.Key("nowhere")));
    }
}
