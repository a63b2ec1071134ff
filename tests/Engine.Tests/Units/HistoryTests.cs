using Kontinue.Engine.Journal;
using Kontinue.Engine.Replay;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class HistoryTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ChildInfo Child = new("child", Guid.CreateVersion7(), "f", Detached: false);

    private static Entry Entry(EntryKind kind, string? operation = null, int attempt = 0) =>
        new() { Kind = kind, At = At, Operation = operation, Attempt = attempt };

    private static History Of(ChildPolicy policy, params Entry[] entries)
    {
        var history = new History(policy);
        Array.ForEach(entries, history.Apply);
        return history;
    }

    [Fact]
    public void A_new_attempt_keeps_what_succeeded_and_forgets_what_failed()
    {
        History history = Of(
            ChildPolicy.None, Entry(EntryKind.StepCompleted, "a"), Entry(EntryKind.StepRetry, "b", 1), Entry(EntryKind.StepFailed, "b"),
            Entry(EntryKind.EventWaitStarted, "e"), Entry(EntryKind.WaitTimedOut, "e"), Entry(EntryKind.AttemptFailed, attempt: 1));
        Assert.True(history.AwaitsAttempt);
        Assert.Equal(1, history.Attempt);
        history.Apply(Entry(EntryKind.AttemptStarted, attempt: 2));

        Assert.False(history.AwaitsAttempt);
        Assert.Equal(2, history.Attempt);
        Assert.Equal(["a"], history.Facts.Select(f => f.Operation));
        Assert.Empty(history.Operations);
    }

    [Theory]
    [InlineData(ChildPolicy.None, ExecutionPhase.Failed, true)]
    [InlineData(ChildPolicy.RetryFailed, ExecutionPhase.Failed, false)]
    [InlineData(ChildPolicy.RetryFailed, ExecutionPhase.Canceled, false)]
    [InlineData(ChildPolicy.RetryFailed, ExecutionPhase.Completed, true)]
    [InlineData(ChildPolicy.RetryFailed, ExecutionPhase.Skipped, true)]
    public void The_policy_decides_on_failed_children(ChildPolicy policy, ExecutionPhase phase, bool isKept)
    {
        History history = Of(
            policy, Entry(EntryKind.ChildStarted, "f") with { Child = Child }, Entry(EntryKind.ChildEnded, "f") with { Phase = phase },
            Entry(EntryKind.AttemptFailed, attempt: 1), Entry(EntryKind.AttemptStarted, attempt: 2));

        Assert.Equal(isKept, history.Facts.Any());
        Assert.Equal(isKept, history.Operations.ContainsKey("f"));
        Assert.Empty(history.RunningChildren);
    }

    [Fact]
    public void A_child_that_has_not_ended_runs_on_over_attempts()
    {
        History history = Of(
            ChildPolicy.RetryFailed, Entry(EntryKind.ChildStarted, "f") with { Child = Child }, Entry(EntryKind.AttemptFailed, attempt: 1),
            Entry(EntryKind.AttemptStarted, attempt: 2));

        Assert.Equal("f", history.RunningChildren[Child.Uid].Operation);
    }

    [Fact]
    public void An_attempt_that_somebody_asked_for_knows_nothing_of_the_end_before_it()
    {
        ChildInfo spawned = new("spawned", Guid.CreateVersion7(), "g", Detached: true);
        History history = Of(
            ChildPolicy.None, Entry(EntryKind.ChildStarted, "f") with { Child = Child }, Entry(EntryKind.ChildStarted, "g") with { Child = spawned },
            Entry(EntryKind.PollStarted, "p") with { Due = At }, Entry(EntryKind.StepCompleted, "p"),
            Entry(EntryKind.SuspensionStarted, "late") with { Due = At }, Entry(EntryKind.SuspensionStarted, "open") with { Due = At.AddDays(1) },
            Entry(EntryKind.CancelRequested), Entry(EntryKind.StepCanceled, "s"));
        Assert.True(history.CancelRequested);
        history.Apply(Entry(EntryKind.AttemptFailed, attempt: 1) with { Phase = ExecutionPhase.Canceled, ChildPolicy = ChildPolicy.RetryFailed });
        Assert.Equal((true, false, null), (history.AwaitsAttempt, history.CancelRequested, history.CancelReason));
        Assert.Equal(spawned.Uid, Assert.Single(history.RunningChildren).Key);
        history.Apply(Entry(EntryKind.AttemptStarted, attempt: 2));

        Assert.Equal(["p"], history.Facts.Select(f => f.Operation));
        Assert.Equal(["g", "open", "p"], history.Operations.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(OperationKind.Poll, history.KindOf(history.Facts.Single()));
    }

    [Fact]
    public void An_attempt_that_follows_by_itself_keeps_running_children_and_the_policy()
    {
        History history = Of(
            ChildPolicy.RetryFailed, Entry(EntryKind.ChildStarted, "f") with { Child = Child },
            Entry(EntryKind.AttemptFailed, attempt: 1), Entry(EntryKind.AttemptStarted, attempt: 2) with { ChildPolicy = ChildPolicy.None },
            Entry(EntryKind.ChildEnded, "f") with { Phase = ExecutionPhase.Failed }, Entry(EntryKind.AttemptFailed, attempt: 2),
            Entry(EntryKind.AttemptStarted, attempt: 3) with { ChildPolicy = ChildPolicy.None });
        Assert.Equal(ExecutionPhase.Failed, history.Facts.Single().Phase);
        history.Apply(Entry(EntryKind.AttemptFailed, attempt: 3));
        history.Apply(Entry(EntryKind.AttemptStarted, attempt: 4));

        Assert.Empty(history.Facts);
    }

    [Theory]
    [InlineData(ChildPolicy.None)]
    [InlineData(ChildPolicy.RetryFailed)]
    public void A_success_after_a_failure_counts_from_the_next_attempt_on(ChildPolicy policy)
    {
        History history = Of(
            policy, Entry(EntryKind.ChildStarted, "f") with { Child = Child }, Entry(EntryKind.ChildEnded, "f") with { Phase = ExecutionPhase.Failed });
        Assert.Equal("f", history.FailedChildren[Child.Uid]);
        history.Apply(Entry(EntryKind.ChildEnded, "f") with { Phase = ExecutionPhase.Skipped });
        Assert.Equal(ExecutionPhase.Failed, history.Facts.Single().Phase);
        Assert.Empty(history.FailedChildren);
        history.Apply(Entry(EntryKind.AttemptFailed, attempt: 1));
        history.Apply(Entry(EntryKind.AttemptStarted, attempt: 2));

        Assert.Equal(ExecutionPhase.Skipped, history.Facts.Single().Phase);
    }

    [Fact]
    public void Suspensions_are_open_until_they_end()
    {
        History history = Of(
            ChildPolicy.None, Entry(EntryKind.TimerStarted, "sleep"), Entry(EntryKind.SuspensionStarted, "gate"),
            Entry(EntryKind.SuspensionStarted, "late"), Entry(EntryKind.TimerFired, "sleep"), Entry(EntryKind.WaitTimedOut, "late"));
        Assert.Equal(["gate"], history.OpenSuspensions);
        history.Apply(Entry(EntryKind.Resumed, "gate"));
        Assert.Empty(history.OpenSuspensions);
    }

    [Fact]
    public void A_message_is_taken_once()
    {
        var id = Guid.CreateVersion7();
        History history = Of(ChildPolicy.None, Entry(EntryKind.EventReceived, "e") with { MessageId = id });

        Assert.False(history.TryTake(id));
        var other = Guid.CreateVersion7();
        Assert.True(history.TryTake(other));
        Assert.False(history.TryTake(other));
    }
}
