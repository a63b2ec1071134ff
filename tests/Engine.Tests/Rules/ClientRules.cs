using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Client.Rules;

/// <summary>
/// What holds for every <see cref="IKontinueClient"/>, in the process of a host or over a network. A client supplies itself, over a host with
/// <see cref="ClientFunctions"/>, and nothing else.
/// </summary>
public abstract partial class ClientRules
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    protected abstract IKontinueClient Client { get; }

    [Fact]
    public async Task An_execution_is_created_and_waited_for()
    {
        Execution ended = await Client.CreateAsync(New("echo", new { value = "ä\"\u2028" }), Long);
        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        Assert.Equal("ä\"\u2028", ended.GetResult<string>());
        Assert.Equal(ended.Metadata.Uid, (await Client.GetAsync(ended.Key)).Metadata.Uid);
    }

    [Fact]
    public async Task A_name_is_made_up_where_only_its_beginning_is_given()
    {
        Execution created = await Client.CreateAsync(new Execution { Metadata = new ObjectMetadata { GenerateName = "made-" }, Spec = new ExecutionSpec { Function = "nothing" } });
        Assert.Matches("^made-[a-z0-9]{8}$", created.Metadata.Name);
        Assert.Equal(ExecutionPhase.Completed, (await Client.WaitAsync(created.Key, Long)).Status!.Phase);
    }

    [Fact]
    public async Task A_null_is_not_nothing()
    {
        Execution nil = await Client.CreateAsync(New("echo", new { value = (string?)null }), Long);
        Execution none = await Client.CreateAsync(New("nothing"), Long);
        Assert.False(nil.Status!.Result.IsNone);
        Assert.Equal(JsonPayload.Null, nil.Status.Result);
        Assert.Null(none.GetResult<string>());
        Assert.Equal((await Client.GetAsync(none.Key)).Status!.Result, none.Status!.Result);
    }

    [Fact]
    public async Task A_taken_name_is_refused_with_whose_it_is()
    {
        Execution first = await Client.CreateAsync(New("nothing"));
        ExecutionAlreadyExistsException taken = await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(
            () => Client.CreateAsync(New("nothing") with { Metadata = new ObjectMetadata { Name = first.Metadata.Name } }));
        Assert.Equal((first.Key, first.Metadata.Uid), (taken.Key, taken.ExistingUid));
        await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(
            () => Client.TryCreateAsync(New("nothing") with { Metadata = new ObjectMetadata { Name = first.Metadata.Name } }));
    }

    [Fact]
    public async Task To_try_a_creation_stores_nothing()
    {
        Execution tried = await Client.TryCreateAsync(New("nothing"));
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => Client.GetAsync(tried.Key));
    }

    [Theory]
    [InlineData("Wrong Name", "default", "metadata.name")]
    [InlineData("a/b", "default", "metadata.name")]
    [InlineData(null, "default", "metadata.name")]
    [InlineData("", "default", "metadata.name")]
    [InlineData("right", "a/b", "metadata.namespace")]
    public async Task A_wrong_field_is_named(string? name, string @namespace, string field)
    {
        InvalidRequestException wrong = await Assert.ThrowsAsync<InvalidRequestException>(() => Client.CreateAsync(
            New("nothing") with { Metadata = new ObjectMetadata { Name = name, Namespace = @namespace } }));
        Assert.Equal(field, wrong.Field);
    }

    [Fact]
    public async Task Arguments_that_are_too_large_are_refused_with_their_size()
    {
        PayloadTooLargeException large = await Assert.ThrowsAsync<PayloadTooLargeException>(
            () => Client.CreateAsync(New("echo", new { value = new string('x', 1024 * 1024) })));
        Assert.Equal(1024 * 1024, large.Limit);
        Assert.True(large.Size > large.Limit);
        Assert.Contains("MaxPayloadBytes", large.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_are_created_at_once_each_with_an_outcome()
    {
        Execution there = await Client.CreateAsync(New("nothing"));
        Execution[] all = [New("nothing"), New("nothing") with { Metadata = new ObjectMetadata { Name = there.Metadata.Name } }, New("nothing")];
        IReadOnlyList<CreateOutcome> outcomes = await Client.CreateManyAsync(all);
        Assert.Equal(all[0].Metadata.Name, outcomes[0].Execution!.Metadata.Name);
        Assert.Equal(there.Metadata.Uid, Assert.IsType<ExecutionAlreadyExistsException>(outcomes[1].Error).ExistingUid);
        Assert.Equal(all[2].Metadata.Name, outcomes[2].Execution!.Metadata.Name);
    }

    [Fact]
    public async Task Of_several_none_is_created_when_one_is_wrong()
    {
        Execution right = New("nothing");
        InvalidRequestException wrong = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Client.CreateManyAsync([right, New("nothing") with { Metadata = new ObjectMetadata { Name = "Wrong" } }]));
        Assert.Equal("items[1].metadata.name", wrong.Field);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => Client.GetAsync(right.Key));
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.CreateManyAsync([]));
    }

    [Fact]
    public async Task A_wait_that_is_over_tells_how_it_is()
    {
        Execution asks = await Client.CreateAsync(New("asks"), TimeSpan.FromMilliseconds(20));
        Assert.False(asks.Status!.Phase.IsTerminal());
        Assert.False((await Client.WaitAsync(asks.Key, TimeSpan.FromMilliseconds(20))).Status!.Phase.IsTerminal());
        await Assert.ThrowsAsync<InvalidRequestException>(() => Client.WaitAsync(asks.Key, TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_so_by_every_member()
    {
        var key = new ExecutionKey(ExecutionKey.DefaultNamespace, "nobody");
        Func<Task>[] calls =
        [
            () => Client.GetAsync(key), () => Client.WaitAsync(key, Long), () => Client.ResumeAsync(key), () => Client.CancelAsync(key),
            () => Client.SendEventAsync(key, "e"), () => Client.RetryAsync(key), () => Client.SkipAsync(key), () => Client.ResubmitAsync(key),
            () => Client.UpdateAsync(key, e => e), () => Client.DeleteAsync(key), () => Client.ReadJournalAsync(key),
            () => Client.GetArchiveAsync(key), () => Client.DeleteArchiveAsync(key), () => Client.ReadArchiveAsync(key).GetAsyncEnumerator().MoveNextAsync().AsTask(),
            () => Client.GetAsync(new ExecutionKey("default", "")), () => Client.CancelAsync(new ExecutionKey("", "x")),
        ];
        foreach (Func<Task> call in calls)
        {
            await Assert.ThrowsAsync<ExecutionNotFoundException>(call);
        }
    }

    /// <summary>An execution with a name of its own.</summary>
    private static Execution New(string function, object? arguments = null, IReadOnlyDictionary<string, string>? labels = null) => new()
    {
        Metadata = new ObjectMetadata { Name = $"{function}-{Guid.NewGuid():N}", Labels = labels },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments is null ? default : JsonPayload.From(arguments) },
    };

    private Task<Execution> StartedAsync(string function, ExecutionPhase phase) => StartedAsync(New(function), phase);

    private async Task<Execution> StartedAsync(Execution execution, ExecutionPhase phase)
    {
        Execution now = await Client.CreateAsync(execution);
        await Wait.Until(
            async () => (now = await Client.GetAsync(now.Key)).Status!.Phase == phase, () => $"It is {now.Status?.Phase}.", $"{now.Key} to be {phase}");
        return now;
    }
}
