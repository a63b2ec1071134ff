using Kontinue.Client;
using Kontinue.Client.Rules;
using Kontinue.Engine.Tests.Support;
using Kontinue.Grains.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>Calls and answers get lost; nothing is done twice, and what may have been done is said to be.</summary>
public sealed class LostAnswerTests(LostAnswerTests.Silos silos) : IClassFixture<LostAnswerTests.Silos>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static TheoryData<Loss[]> Losses => new([Loss.Refused], [Loss.AnswerLost], [Loss.CallLost], [Loss.AnswerLost, Loss.Refused, Loss.CallLost, Loss.AnswerLost]);

    private IKontinueClient Client => silos.All.Client;

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_create_starts_one_execution(Loss[] losses)
    {
        var labels = new Dictionary<string, string> { ["lot"] = Guid.NewGuid().ToString("N") };
        silos.All.Losses.Plan("CreateAsync", losses);
        Execution created = await Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { GenerateName = "x-", Labels = labels }, Spec = new ExecutionSpec { Function = "nothing" },
        });
        ExecutionList all = await Client.ListAsync(new ListQuery { Selector = new ExecutionSelector { Labels = [LabelRequirement.Equal("lot", labels["lot"])] } });
        Assert.Equal(created.Metadata.Uid, Assert.Single(all.Items).Metadata.Uid);
    }

    [Fact]
    public async Task A_name_that_was_taken_before_is_somebody_else_s()
    {
        Execution there = await Client.CreateAsync(New("nothing"));
        silos.All.Losses.Plan("CreateAsync", Loss.CallLost);
        await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => Client.CreateAsync(New("nothing", there.Metadata.Name)));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_batch_starts_each_execution_once(Loss[] losses)
    {
        silos.All.Losses.Plan("CreateManyAsync", losses);
        Execution[] all = [New("nothing"), New("nothing")];
        IReadOnlyList<CreateOutcome> outcomes = await Client.CreateManyAsync(all);
        Assert.Equal(all.Select(e => e.Metadata.Name), outcomes.Select(o => o.Execution?.Metadata.Name));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_copy_without_a_name_is_made_once(Loss[] losses)
    {
        Execution first = await Client.CreateAsync(New("nothing"), Long);
        silos.All.Losses.Plan("ResubmitAsync", losses);
        Execution copy = await Client.ResubmitAsync(first.Key);
        ExecutionList all = await Client.ListAsync(new ListQuery());
        Assert.Equal(copy.Key, Assert.Single(all.Items, e => e.Metadata.Name!.StartsWith(first.Metadata.Name + "-", StringComparison.Ordinal)).Key);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task An_update_is_made_once(Loss[] losses)
    {
        Execution first = await Client.CreateAsync(New("nothing"), Long);
        await Client.UpdateAsync(first.Key, e => Annotate(e, 1));
        silos.All.Losses.Plan("UpdateAsync", losses);
        Execution updated = await Client.UpdateAsync(first.Key, e => Annotate(e, int.Parse(e.Metadata.Annotations!["n"]) + 1));
        Assert.Equal("2", updated.Metadata.Annotations!["n"]);
        Assert.Equal("2", (await Client.GetAsync(first.Key)).Metadata.Annotations!["n"]);

        static Execution Annotate(Execution e, int n) => e with
        {
            Metadata = e.Metadata with { Annotations = new Dictionary<string, string>(e.Metadata.Annotations ?? new Dictionary<string, string>()) { ["n"] = $"{n}" } },
        };
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_deletion_ends_well(Loss[] losses)
    {
        Execution first = await Client.CreateAsync(New("nothing"), Long);
        silos.All.Losses.Plan("DeleteAsync", losses);
        Assert.Equal(first.Metadata.Uid, (await Client.DeleteAsync(first.Key)).Metadata.Uid);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => Client.GetAsync(first.Key));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_cancellation_ends_well(Loss[] losses)
    {
        Execution asks = await Client.CreateAsync(New("asks"));
        silos.All.Losses.Plan("CancelAsync", losses);
        await Client.CancelAsync(asks.Key);
        Assert.Equal(ExecutionPhase.Canceled, (await Client.WaitAsync(asks.Key, Long)).Status!.Phase);
    }

    [Theory]
    [InlineData(Loss.AnswerLost, 1)]
    [InlineData(Loss.CallLost, 0)]
    public async Task An_event_whose_answer_is_lost_is_not_sent_again(Loss loss, int made)
    {
        Execution listens = await Client.CreateAsync(New("listens"));
        silos.All.Losses.Plan("SendEventAsync", loss);
        UnavailableException lost = await Assert.ThrowsAsync<UnavailableException>(() => Client.SendEventAsync(listens.Key, "number", JsonPayload.From(1)));
        Assert.True(lost.MayHaveBeenDone);
        Assert.Equal(made, silos.All.Losses.Made.Count);
    }

    [Fact]
    public async Task An_event_that_is_refused_is_sent_again()
    {
        Execution listens = await Client.CreateAsync(New("listens"));
        silos.All.Losses.Plan("SendEventAsync", Loss.Refused, Loss.Refused, Loss.None, Loss.Refused);
        await Client.SendEventAsync(listens.Key, "number", JsonPayload.From(1));
        await Client.SendEventAsync(listens.Key, "number", JsonPayload.From(2));
        Execution ended = await Client.WaitAsync(listens.Key, Long);
        Assert.Equal([1, 2], ended.GetResult<int[]>()!);
    }

    [Theory]
    [InlineData("ResumeAsync")]
    [InlineData("RetryAsync")]
    [InlineData("SkipAsync")]
    [InlineData("ResubmitAsync")]
    public async Task What_must_not_be_done_twice_is_said_to_be_lost(string member)
    {
        Execution asks = await Client.CreateAsync(New("asks"));
        silos.All.Losses.Plan(member, Loss.CallLost);
        UnavailableException lost = await Assert.ThrowsAsync<UnavailableException>(() => member switch
        {
            "ResumeAsync" => Client.ResumeAsync(asks.Key),
            "RetryAsync" => Client.RetryAsync(asks.Key),
            "SkipAsync" => Client.SkipAsync(asks.Key),
            _ => Client.ResubmitAsync(asks.Key, $"named-{Guid.NewGuid():N}"),
        });
        Assert.True(lost.MayHaveBeenDone);
        Assert.Empty(silos.All.Losses.Made);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Reads_and_waits_are_repeated(Loss[] losses)
    {
        Execution ended = await Client.CreateAsync(New("nothing"), Long);
        silos.All.Losses.Plan("GetAsync", losses);
        Assert.Equal(ended.Key, (await Wait.For(Client.GetAsync(ended.Key))).Key);
        silos.All.Losses.Plan("WaitAsync", losses);
        Assert.Equal(ended.Key, (await Wait.For(Client.WaitAsync(ended.Key, Long))).Key);
        silos.All.Losses.Plan("ListSilosAsync", losses);
        Assert.NotEmpty((await Wait.For(Client.ListSilosAsync())).Items);
    }

    private static Execution New(string function, string? name = null) => new()
    {
        Metadata = new ObjectMetadata { Name = name ?? $"{function}-{Guid.NewGuid():N}" }, Spec = new ExecutionSpec { Function = function },
    };

    public sealed class Silos : IAsyncLifetime
    {
        internal TestSilos All { get; private set; } = null!;

        public async Task InitializeAsync() => All = await TestSilos.StartAsync(1, ClientFunctions.AddTo);

        public async Task DisposeAsync() => await All.DisposeAsync();
    }
}
