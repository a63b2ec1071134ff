using Kontinue.Chaos.Evidence;
using Kontinue.Chaos.Rules;
using Kontinue.Chaos.Silos;
using Xunit;
using static Kontinue.Chaos.Tests.Forgery;

namespace Kontinue.Chaos.Tests;

/// <summary>A checker that finds nothing proves nothing: here it is given forged evidence, one fault at a time.</summary>
public sealed class CheckerTests
{
    private readonly ChaosEvidence _clean = Clean();

    [Fact]
    public void A_clean_run_breaks_no_rule()
    {
        Findings findings = ChaosChecker.Check(_clean);

        Assert.Empty(findings.Violations);
        Assert.Empty(findings.Zombies);
        Assert.Equal(0, findings.Repeats);
    }

    [Fact]
    public void A_lost_execution_is_found() =>
        AssertFinds(OutcomeRules.Lost, _clean with { Executions = _clean.Executions.Without(row => row.Uid == Events) });

    [Fact]
    public void What_nobody_acknowledged_may_be_missing()
    {
        ChaosEvidence evidence = _clean with { Work = [.. _clean.Work, new Work.WorkItem("never", SiloFunctions.Steps, 3)] };

        Assert.Empty(ChaosChecker.Check(evidence).Violations);
    }

    [Fact]
    public void A_lost_child_is_found() =>
        AssertFinds(OutcomeRules.Lost, _clean with { Executions = _clean.Executions.Without(row => row.Uid == Child) });

    [Fact]
    public void A_child_that_its_parent_does_not_know_is_found() => AssertFinds(
        OutcomeRules.Doubled, _clean with { Executions = [.. _clean.Executions, _clean.Executions[2] with { Uid = Guid.NewGuid(), Name = "two-again", JournalSequence = 0 }] });

    [Fact]
    public void A_child_that_was_started_twice_is_found() => AssertFinds(
        OutcomeRules.Doubled, _clean with { Journal = [.. _clean.Journal, _clean.Journal[2] with { Sequence = 3, Child = Guid.NewGuid() }] });

    [Fact]
    public void An_execution_that_nobody_asked_for_is_found() => AssertFinds(
        OutcomeRules.Doubled, _clean with { Executions = [.. _clean.Executions, _clean.Executions[0] with { Uid = Guid.NewGuid(), Name = "stranger" }] });

    [Fact]
    public void A_wrong_result_is_found() =>
        AssertFinds(OutcomeRules.Outcome, _clean with { Executions = _clean.Executions.With(row => row.Uid == Steps, row => row with { Result = "7" }) });

    [Fact]
    public void A_failure_is_found() => AssertFinds(
        OutcomeRules.Outcome, _clean with { Executions = _clean.Executions.With(row => row.Uid == Steps, row => row with { Phase = ExecutionPhase.Failed }) });

    [Fact]
    public void An_execution_that_has_not_ended_is_found() => AssertFinds(
        OutcomeRules.Unfinished, _clean with { Executions = _clean.Executions.With(row => row.Uid == Steps, row => row with { Phase = ExecutionPhase.Suspended }) });

    [Theory]
    [InlineData("[2,1]")]
    [InlineData("[1]")]
    [InlineData("[1,1,2]")]
    public void Events_out_of_order_lost_or_doubled_are_found(string seen) =>
        AssertFinds(OutcomeRules.Events, _clean with { Executions = _clean.Executions.With(row => row.Uid == Events, row => row with { Result = seen }) });

    [Fact]
    public void Events_out_of_order_are_found_also_when_different_silos_took_them()
    {
        ChaosEvidence evidence = _clean with { Executions = _clean.Executions.With(row => row.Uid == Events, row => row with { Result = "[2,1]" }) };
        evidence.Work.Single(item => item.Function == SiloFunctions.Events).SentBy[2] = OtherSilo;

        AssertFinds(OutcomeRules.Events, evidence);
    }

    [Fact]
    public void An_event_that_was_sent_twice_may_be_seen_twice()
    {
        ChaosEvidence evidence = _clean with { Executions = _clean.Executions.With(row => row.Uid == Events, row => row with { Result = "[1,1,2]" }) };
        evidence.Work.Single(item => item.Function == SiloFunctions.Events).Resent.Add(1);

        Assert.Empty(ChaosChecker.Check(evidence).Violations);
    }

    [Fact]
    public void A_hole_in_a_journal_is_found() => AssertFinds(
        JournalRules.Journal, _clean with { Journal = _clean.Journal.With(fact => fact.Uid == Steps && fact.Sequence == 2, fact => fact with { Sequence = 3 }) });

    [Fact]
    public void A_record_that_is_missing_at_the_end_is_found() =>
        AssertFinds(JournalRules.Journal, _clean with { Journal = _clean.Journal.Without(fact => fact.Uid == Steps && fact.Sequence == 2) });

    [Fact]
    public void A_step_that_ended_twice_is_found() => AssertFinds(
        JournalRules.Journal, _clean with { Journal = _clean.Journal.With(fact => fact.Uid == Steps && fact.Sequence == 2, fact => fact with { Operation = "square-0" }) });

    [Fact]
    public void A_counter_that_goes_back_is_found() => AssertFinds(
        JournalRules.Counters, _clean with { Journal = _clean.Journal.With(fact => fact.Attempt == 2, fact => fact with { Attempt = 1 }) });

    [Fact]
    public void A_missing_attempt_is_found() =>
        AssertFinds(JournalRules.Counters, _clean with { Journal = _clean.Journal.Without(fact => fact.Attempt == 2) });

    [Fact]
    public void A_body_that_began_after_its_commit_is_found() =>
        AssertFinds(BodyRules.LateBody, _clean with { Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0")] });

    [Fact]
    public void A_body_on_another_silo_after_the_commit_is_found() =>
        AssertFinds(BodyRules.LateBody, _clean with { Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0", OtherSilo)] });

    [Fact]
    public void A_body_of_a_silo_that_had_just_stood_still_is_counted_and_allowed()
    {
        ChaosEvidence evidence = _clean with { Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0", OtherSilo)], Faults = [Pause(OtherSilo, 0.5, 8.9)] };

        Findings findings = ChaosChecker.Check(evidence);

        Assert.Empty(findings.Violations);
        Assert.Single(findings.Zombies);
    }

    [Fact]
    public void A_body_of_a_silo_that_stood_still_long_ago_is_found() => AssertFinds(
        BodyRules.LateBody,
        _clean with { Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0", OtherSilo)], Faults = [Pause(OtherSilo, 0.5, 4)] });

    [Fact]
    public void A_pause_does_not_excuse_the_silo_that_committed() => AssertFinds(
        BodyRules.LateBody, _clean with { Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0")], Faults = [Pause(Silo, 0.5, 8.9)] });

    [Fact]
    public void A_result_that_came_from_the_body_after_a_pause_is_found() => AssertFinds(
        BodyRules.Result,
        _clean with
        {
            Bodies = [.. _clean.Bodies, Body(9, 90, Steps, "square-0", OtherSilo)],
            Faults = [Pause(OtherSilo, 0.5, 8.9)],
            Journal = _clean.Journal.With(fact => fact.Uid == Steps && fact.Sequence == 1, fact => fact with { Body = $"{OtherSilo}:90" }),
        });

    [Fact]
    public void A_repeat_of_what_was_not_committed_is_counted_and_allowed()
    {
        Findings findings = ChaosChecker.Check(_clean with { Bodies = [.. _clean.Bodies, Body(1.5, 90, Steps, "square-0", OtherSilo)] });

        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Repeats);
    }

    [Fact]
    public void A_result_without_a_body_is_found() => AssertFinds(BodyRules.Result, _clean with { Bodies = _clean.Bodies.Without(body => body.Number == 1) });

    [Fact]
    public void A_result_of_another_execution_is_found() => AssertFinds(
        BodyRules.Result,
        _clean with { Journal = _clean.Journal.With(fact => fact.Uid == Steps && fact.Sequence == 1, fact => fact with { Body = $"{Silo}:3" }) });

    [Fact]
    public void A_step_that_the_journal_does_not_know_is_found() =>
        AssertFinds(BodyRules.UnknownBody, _clean with { Bodies = [.. _clean.Bodies, Body(1.5, 90, Steps, "square-9")] });

    [Fact]
    public void A_body_of_a_round_that_is_over_is_found() =>
        AssertFinds(BodyRules.LateBody, _clean with { Bodies = [.. _clean.Bodies, Body(45, 90, Rounds, "round-1")] });

    [Fact]
    public void An_epoch_that_goes_back_is_found() => AssertFinds(
        OwnershipRules.Ownership, _clean with { Changes = _clean.Changes.With(change => change.Revision == 3, change => change with { Epoch = 1, Owner = Steps }) });

    [Fact]
    public void An_owner_that_changes_without_a_claim_is_found() => AssertFinds(
        OwnershipRules.Ownership, _clean with { Changes = _clean.Changes.With(change => change.Revision == 3, change => change with { Owner = Child }) });

    [Fact]
    public void A_write_after_the_end_is_found() => AssertFinds(
        OwnershipRules.Ownership, _clean with { Changes = [.. _clean.Changes, _clean.Changes[3] with { Revision = 4 }] });

    [Fact]
    public void A_claim_that_writes_is_found() => AssertFinds(
        OwnershipRules.Ownership, _clean with { Changes = _clean.Changes.With(change => change.Revision == 2 && change.Epoch == 2, change => change with { Revision = 3 }) });

    [Fact]
    public void A_change_without_a_write_is_found() => AssertFinds(
        OwnershipRules.Ownership,
        _clean with { Changes = _clean.Changes.With(change => change.Revision == 2 && change.Epoch == 2, change => change with { JournalSequence = 2 }) });

    [Fact]
    public void A_mutex_that_two_hold_is_found() =>
        AssertFinds(PermitRules.Limit, _clean with { Permits = [Take(Guarded, 10), Take(Other, 19), Give(Guarded, 20), Give(Other, 30)] });

    [Fact]
    public void A_permit_that_is_never_given_back_is_found() =>
        AssertFinds(PermitRules.Permits, _clean with { Permits = [Take(Guarded, 10), Give(Guarded, 20), Take(Other, 20)] });

    [Fact]
    public void An_execution_that_ran_without_ever_being_let_in_is_found() =>
        AssertFinds(PermitRules.Permits, _clean with { Permits = [Take(Guarded, 10), Give(Guarded, 20)] });

    [Fact]
    public void A_permit_of_what_names_none_is_found() =>
        AssertFinds(PermitRules.Permits, _clean with { Permits = [.. _clean.Permits, Take(Steps, 40), Give(Steps, 41)] });

    [Theory]
    [InlineData(9)]
    [InlineData(20.5)]
    public void A_body_outside_of_its_permit_is_found(double second) => AssertFinds(
        PermitRules.WithoutPermit, _clean with { Bodies = [.. _clean.Bodies, Body(second, 90, Guarded, "before", OtherSilo)] });

    [Fact]
    public void A_permit_that_is_left_is_found() => AssertFinds(LeftoverRules.HeldPermits, _clean with { HeldPermits = [$"{Door} of three"] });

    [Fact]
    public void A_message_that_is_left_is_found() => AssertFinds(LeftoverRules.DeadMessages, _clean with { DeadMessages = ["one has message"] });

    [Fact]
    public void A_dead_silo_that_counts_as_alive_is_found() => AssertFinds(LeftoverRules.Silos, _clean with { LiveSilos = ["silo-1", "silo-2", "silo-3"] });
}
