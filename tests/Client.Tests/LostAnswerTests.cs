using Kontinue.Client.Tests.Support;
using Kontinue.Resources;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

/// <summary>Answers get lost at every point; nothing is done twice, and what was done is said to be.</summary>
public sealed class LostAnswerTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();
    private FakeServer _server = null!;
    private KontinueHttpClient _client = null!;

    public static TheoryData<Fault[]> Losses => new(
        [Fault.ResetBefore], [Fault.ResetAfter], [Fault.ResetWithin], [Fault.GatewayAfter], [Fault.Away], [Fault.Throttled],
        [Fault.ResetAfter, Fault.Away, Fault.ResetWithin], [Fault.ResetBefore, Fault.ResetAfter, Fault.Throttled, Fault.GatewayAfter]);

    public async Task InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _server.OnRequest = _api.Handle;
        _client = new KontinueHttpClient(_server.Address, Fast());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_create_starts_one_execution(Fault[] faults)
    {
        Fail(faults);
        Execution created = await _client.CreateAsync(Hello(null));
        Assert.Equal(_api.Stored[created.Metadata.Name!].Metadata.Uid, created.Metadata.Uid);
        Assert.Single(_api.Effects);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_batch_starts_each_execution_once(Fault[] faults)
    {
        Fail(faults);
        IReadOnlyList<CreateOutcome> outcomes = await _client.CreateManyAsync([Hello("a"), Hello(null), Hello("c")]);
        Assert.Equal(3, outcomes.Count);
        Assert.All(outcomes, o => Assert.Equal(_api.Stored[o.Execution!.Metadata.Name!].Metadata.Uid, o.Execution.Metadata.Uid));
        Assert.Equal(("a", "c"), (outcomes[0].Execution!.Metadata.Name, outcomes[2].Execution!.Metadata.Name));
        Assert.Equal(3, _api.Effects.Count);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_resubmission_creates_one_copy(Fault[] faults)
    {
        _api.Put("x");
        Fail(faults);
        Execution copy = await _client.ResubmitAsync(X);
        Assert.StartsWith("x-", copy.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(["create x", $"create {copy.Metadata.Name}"], _api.Effects);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task An_update_is_made_once(Fault[] faults)
    {
        _api.Put("x", e => e with { Metadata = e.Metadata with { Annotations = new Dictionary<string, string> { ["n"] = "1" } } });
        _server.Faults.Enqueue(Fault.None);
        Fail(faults);
        Execution updated = await _client.UpdateAsync(X, e => Annotate(e, "n", $"{int.Parse(e.Metadata.Annotations!["n"]) + 1}"));
        Assert.Equal("2", updated.Metadata.Annotations!["n"]);
        Assert.Equal(["create x", "patch x"], _api.Effects);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_deletion_deletes_once_and_says_so(Fault[] faults)
    {
        Guid? uid = _api.Put("x").Metadata.Uid;
        _server.Faults.Enqueue(Fault.None);
        Fail(faults);
        Execution last = await _client.DeleteAsync(X);
        Assert.Equal(uid, last.Metadata.Uid);
        Assert.Null(last.Metadata.DeletionTimestamp);
        Assert.Equal(["create x", "delete x"], _api.Effects);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_cancellation_holds_after_any_loss(Fault[] faults)
    {
        _api.Put("x");
        Fail(faults);
        await _client.CancelAsync(X, "why");
        Assert.Equal(["create x", "cancel x {\"reason\":\"why\"}"], _api.Effects);
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("events")]
    [InlineData("retry")]
    [InlineData("skip")]
    public async Task An_action_that_may_have_been_done_is_not_repeated_and_says_so(string action)
    {
        foreach (Fault fault in new[] { Fault.ResetBefore, Fault.ResetAfter, Fault.ResetWithin, Fault.GatewayAfter })
        {
            _api.Put("x");
            _api.Effects.Clear();
            _server.All.Clear();
            Fail(fault);
            var e = await Assert.ThrowsAsync<UnavailableException>(() => Act(action));
            Assert.Contains("may have been done nevertheless", e.Message, StringComparison.Ordinal);
            Assert.Single(_server.All);
            Assert.Equal(fault == Fault.ResetBefore ? 0 : 1, _api.Effects.Count);
        }
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("events")]
    [InlineData("retry")]
    [InlineData("skip")]
    public async Task An_action_that_was_refused_for_now_is_repeated(string action)
    {
        _api.Put("x");
        _api.Effects.Clear();
        Fail(Fault.Throttled, Fault.Throttled);
        await Act(action);
        Assert.StartsWith(action + " x {", Assert.Single(_api.Effects), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_is_repeated_when_no_connection_could_be_made()
    {
        _api.Put("x");
        int attempts = 0;
        var options = Fast();
        options.ConfigureHandler = handler => handler.ConnectCallback = async (context, token) =>
        {
            if (++attempts < 3)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
            }

            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, token);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        };
        using var client = new KontinueHttpClient(_server.Address, options);
        await client.ResumeAsync(X);
        Assert.Equal(["create x", "resume x {}"], _api.Effects);
    }

    [Fact]
    public async Task A_create_of_a_name_that_somebody_else_took_meanwhile_is_not_taken_for_ones_own()
    {
        _api.Put("x");
        Fail(Fault.ResetBefore);
        var e = await Assert.ThrowsAsync<ExecutionAlreadyExistsException>(() => _client.CreateAsync(Hello("x")));
        Assert.Equal((X, _api.Stored["x"].Metadata.Uid!.Value), (e.Key, e.ExistingUid));
    }

    [Fact]
    public async Task A_cancellation_that_somebody_was_faster_to_end_is_a_conflict()
    {
        _api.Put("x", e => e with { Status = new ExecutionStatus { Phase = ExecutionPhase.Completed } });
        Fail(Fault.ResetBefore);
        await Assert.ThrowsAsync<ExecutionConflictException>(() => _client.CancelAsync(X));
    }

    private static Execution Annotate(Execution execution, string key, string value) => execution with
    {
        Metadata = execution.Metadata with { Annotations = new Dictionary<string, string>(execution.Metadata.Annotations ?? new Dictionary<string, string>()) { [key] = value } },
    };

    private Task Act(string action) => action switch
    {
        "resume" => _client.ResumeAsync(X, "approval", JsonPayload.From(1)),
        "events" => _client.SendEventAsync(X, "e", JsonPayload.From(2)),
        "retry" => _client.RetryAsync(X, ChildPolicy.RetryFailed),
        _ => _client.SkipAsync(X, JsonPayload.From(3), "why"),
    };

    private void Fail(params Fault[] faults)
    {
        foreach (Fault fault in faults)
        {
            _server.Faults.Enqueue(fault);
        }
    }
}
