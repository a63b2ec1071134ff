using Kontinue.Crash.Host;
using Kontinue.Crash.Tests.Harness;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Crash.Tests;

/// <summary>A checker that finds nothing proves nothing: here it is given faults.</summary>
public sealed class CrashCheckerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_clean_run_has_no_problems() => Assert.Empty(Check(new Story()));

    [Fact]
    public void A_lost_execution_is_found() => AssertFinds("is lost", new Story { IsStored = false });

    [Fact]
    public void A_wrong_result_is_found() => AssertFinds("returned 7 instead of 1", new Story { Result = 7 });

    [Fact]
    public void A_step_that_ran_after_its_commit_is_found() =>
        AssertFinds("after the journal had it", new Story { Runs = [Run("square-0", 1), Run("square-1", 3), Run("square-1", 9)] });

    [Fact]
    public void A_step_that_never_ran_is_found() => AssertFinds("never ran", new Story { Runs = [Run("square-0", 1)] });

    [Fact]
    public void A_step_that_ended_twice_is_found() =>
        AssertFinds("ended 2 times", new Story { Journal = [Entry(1, "StepCompleted", "square-0", 2), Entry(2, "StepCompleted", "square-1", 4), Entry(3, "StepCompleted", "square-1", 5)] });

    [Fact]
    public void A_counter_that_goes_back_is_found() =>
        AssertFinds("were counted [1, 1]", new Story
        {
            Journal =
            [
                Entry(1, "StepRetry", "square-0", 1, attempt: 1), Entry(2, "StepRetry", "square-0", 1, attempt: 1),
                Entry(3, "StepCompleted", "square-0", 2), Entry(4, "StepCompleted", "square-1", 4),
            ],
        });

    [Fact]
    public void A_repeat_of_what_was_not_committed_is_allowed()
    {
        var story = new Story { Runs = [Run("square-0", 1), Run("square-1", 3), Run("square-1", 4)] };

        Assert.Empty(Check(story));
    }

    private static void AssertFinds(string problem, Story story) => Assert.Contains(Check(story), found => found.Contains(problem, StringComparison.Ordinal));

    private static IReadOnlyList<string> Check(Story story)
    {
        var item = new WorkItem("one", HostFunctions.Steps, 2);
        var stored = new Dictionary<string, Execution>();
        if (story.IsStored)
        {
            stored["one"] = new Execution
            {
                Metadata = new ObjectMetadata { Name = "one" },
                Spec = new ExecutionSpec { Function = HostFunctions.Steps },
                Status = new ExecutionStatus { Phase = ExecutionPhase.Completed, Result = JsonPayload.From(story.Result) },
            };
        }

        var journals = new Dictionary<string, IReadOnlyList<JournalEntry>> { ["one"] = story.Journal };
        return new CrashChecker(new Dictionary<string, WorkItem> { ["one"] = item }, stored, journals, story.Runs).Check();
    }

    private static StepRun Run(string step, int second) => new("one", step, 1, Start.AddSeconds(second));

    private static JournalEntry Entry(long sequence, string kind, string name, int second, int? attempt = null) =>
        new() { Sequence = sequence, Kind = kind, Name = name, At = Start.AddSeconds(second), Attempt = attempt };

    private sealed record Story
    {
        public bool IsStored { get; init; } = true;

        public int Result { get; init; } = 1;

        public IReadOnlyList<StepRun> Runs { get; init; } = [Run("square-0", 1), Run("square-1", 3)];

        public IReadOnlyList<JournalEntry> Journal { get; init; } = [Entry(1, "StepCompleted", "square-0", 2), Entry(2, "StepCompleted", "square-1", 4)];
    }
}
