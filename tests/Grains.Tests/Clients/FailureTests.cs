using Kontinue.Grains.Client;
using Kontinue.Grains.Client.Calling;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Executions;
using Kontinue.Grains.Tests.Support;
using Kontinue.Resources;
using Orleans.Configuration;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>What failures say of what was done, and what is no execution's key.</summary>
public sealed class FailureTests
{
    [Fact]
    public void For_want_of_a_silo_nothing_was_done() => Assert.Equal(CallFailure.Refused, CallFailures.Of(new OrleansException("No active nodes are compatible.")));

    [Fact]
    public void What_is_lost_in_a_way_that_nobody_knows_is_not_asked_again() =>
        Assert.Equal(CallFailure.Impossible, CallFailures.Of(new InvalidOperationException("?")));

    [Fact]
    public async Task A_silo_that_calls_another_one_which_dies_does_not_know_what_was_done()
    {
        var watch = new GatewayWatch(TimeProvider.System);
        foreach ((bool isSilo, int expected) in new[] { (true, 1), (false, 2) })
        {
            int calls = 0;
            var caller = new GrainCaller(new GrainClientOptions { Backoff = TimeSpan.Zero }, watch, new FailureText(new ClusterOptions(), watch), TimeProvider.System, isSilo);
            Task<int> call = caller.CallAsync(
                new GrainCall(Repeat.IfRefused), _ => ++calls == 1 ? Task.FromException<int>(new SiloUnavailableException("dead")) : Task.FromResult(calls), CancellationToken.None);
            if (isSilo)
            {
                Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => call)).MayHaveBeenDone);
            }
            else
            {
                await call;
            }

            Assert.Equal(expected, calls);
        }
    }

    public static TheoryData<Exception> Losses => [new SiloUnavailableException("dead"), new TimeoutException("late")];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task What_is_lost_behind_the_silo_that_was_asked_may_have_been_done(Exception loss)
    {
        UnavailableException told = await Assert.ThrowsAsync<UnavailableException>(() => HandedOn.AnswerAsync(Task.FromException<int>(loss)));
        Assert.Equal(CallFailure.Lost, CallFailures.Of(told));
        told = await Assert.ThrowsAsync<UnavailableException>(() => HandedOn.AnswerAsync(Task.FromException(loss)));
        Assert.Equal(CallFailure.Lost, CallFailures.Of(told));
    }

    [Fact]
    public async Task What_a_silo_behind_refuses_is_refused() =>
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => HandedOn.AnswerAsync(Task.FromException<int>(new ExecutionNotFoundException(TestSilos.Key("a")))));

    [Theory]
    [InlineData("default", "one?dryRun=1")]
    [InlineData("default", "one?01a2065e-0d69-7000-9131-97b238890bcf")]
    [InlineData("default/one?", "x")]
    public async Task A_key_that_no_execution_can_have_is_not_taken_for_another_ones(string @namespace, string name)
    {
        await using TestSilos silos = await TestSilos.StartAsync(1, k => k.AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go")));
        await silos.Client.CreateAsync(new Execution { Metadata = new ObjectMetadata { Name = "one" }, Spec = new ExecutionSpec { Function = "waits" } });
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => silos.Client.CancelAsync(new ExecutionKey(@namespace, name)));
        Assert.False((await silos.Client.GetAsync(TestSilos.Key("one"))).Status!.Phase.IsTerminal());
    }

    [Theory]
    [InlineData("default/one?dryRun=1")]
    [InlineData("default/one?")]
    public void What_follows_a_key_is_the_id_of_a_silo_or_nothing(string text) => Assert.Throws<ArgumentException>(() => GrainCalls.ParseKey(text));
}
