using System.Globalization;
using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Api.Tables;

/// <summary>The columns of each kind.</summary>
internal static class TableLayouts
{
    /// <summary>What a cell says when there is nothing to say.</summary>
    private const string None = "<none>";

    /// <summary>What a cell shows of a message; kubectl does not break lines.</summary>
    private const int MaxMessage = 80;

    public static TableLayout<Execution> Executions { get; } = new(
        [
            new("Name", "The execution's name.", (e, _) => e.Metadata.Name ?? None) { Format = "name" },
            new("Function", "The function that it runs.", (e, _) => e.Spec.Function),
            new("Phase", "Where it is in its life.", (e, _) => Status(e).Phase.ToString()),
            new("Age", "The time since it was created.", (e, now) => HumanDuration.Age(e.Metadata.CreationTimestamp, now)),
            new("Duration", "The time from its first start to its end, or until now.", RunningTime),
            new("Attempts", "Attempts started so far.", (e, _) => Status(e).Attempts.ToString(CultureInfo.InvariantCulture)) { Type = "integer", Priority = 1 },
            new("Silo", "The silo that has it.", (e, _) => Status(e).Silo ?? None) { Priority = 1 },
            new("Reason", "What is in its way, what it waits for, or why it failed.", Reason) { Priority = 1 },
            new("Parent", "The execution that started it.", (e, _) => Owner(e.Metadata)) { Priority = 1 },
        ],
        e => e.Metadata,
        (writer, e) => JsonSerializer.Serialize(writer, e, KontinueJsonContext.Writing.Execution));

    public static TableLayout<Suspension> Suspensions { get; } = new(
        [
            new("Name", "The suspension's name.", (s, _) => s.Metadata.Name ?? None) { Format = "name" },
            new("Execution", "The execution that waits.", (s, _) => s.Spec.Execution),
            new("Wait", "What the function calls the wait: the name to resume it by.", (s, _) => s.Spec.Wait),
            new("Type", "Sleep or Suspend.", (s, _) => s.Spec.Type),
            new("Resume At", "When it goes on by itself, or gives up waiting.", (s, now) => In(s.Spec.ResumeAt, now)),
            new("Age", "The time since it began.", (s, now) => HumanDuration.Age(s.Metadata.CreationTimestamp, now)),
            new("Function", "The function that waits.", (s, _) => s.Spec.Function) { Priority = 1 },
            new("Description", "What its author says of it.", (s, _) => Line(s.Spec.Description)) { Priority = 1 },
        ],
        s => s.Metadata,
        (writer, s) => JsonSerializer.Serialize(writer, s, KontinueJsonContext.Writing.Suspension));

    public static TableLayout<Function> Functions { get; } = new(
        [
            new("Name", "The function's name.", (f, _) => f.Metadata.Name ?? None) { Format = "name" },
            new("Description", "What it does.", (f, _) => Line(f.Spec.Description)),
            new("Group", "The groups of silos that run it.", (f, _) => f.Spec.Groups() is { Count: > 0 } groups ? string.Join(',', groups) : None),
            new("Retries", "Further attempts after the first, for executions that say nothing.", (f, _) =>
                (f.Spec.Retry?.Retries ?? 0).ToString(CultureInfo.InvariantCulture)) { Type = "integer", Priority = 1 },
            new("Timeout", "How long all attempts together may take, or one, for executions that say nothing.", (f, _) =>
                Timeout(f.Spec.Timeout)) { Priority = 1 },
        ],
        f => f.Metadata,
        (writer, f) => JsonSerializer.Serialize(writer, f, KontinueJsonContext.Writing.Function));

    public static TableLayout<ArchivedExecution> Archives { get; } = new(
        [
            new("Name", "The root's name.", (a, _) => a.Spec.Execution) { Format = "name" },
            new("Function", "The root's function.", (a, _) => a.Spec.Function),
            new("Phase", "How the root ended.", (a, _) => a.Status.Phase.ToString()),
            new("Executions", "How many executions the tree has.", (a, _) => a.Status.Executions.ToString(CultureInfo.InvariantCulture)) { Type = "integer" },
            new("Size", "What it takes, compressed.", (a, _) => Bytes(a.Status.Bytes)),
            new("Finished", "The time since the root ended.", (a, now) => HumanDuration.Age(a.Status.FinishedAt, now)),
            new("Archived", "The time since it was archived.", (a, now) => HumanDuration.Age(a.Status.ArchivedAt, now)),
            new("Uid", "The root's uid, which tells those of one name apart.", (a, _) => a.Metadata.Uid?.ToString() ?? None) { Priority = 1 },
        ],
        a => a.Metadata,
        (writer, a) => JsonSerializer.Serialize(writer, a, KontinueJsonContext.Writing.ArchivedExecution));

    public static TableLayout<Silo> Silos { get; } = new(
        [
            new("Name", "The silo's name.", (s, _) => s.Metadata.Name ?? None) { Format = "name" },
            new("Group", "Its worker group.", (s, _) => s.Spec.WorkerGroup),
            new("Status", "Ready; Lost: its lease is over; or Stopped.", (s, _) => (s.Status?.Phase ?? SiloPhase.Ready).ToString()),
            new("Executing", "Executions that run now, of how many can at once.", (s, _) =>
                string.Create(CultureInfo.InvariantCulture, $"{s.Status?.Executing ?? 0}/{s.Spec.Capacity}")),
            new("Resident", "Executions in memory, those that wait included.", (s, _) =>
                (s.Status?.Resident ?? 0).ToString(CultureInfo.InvariantCulture)) { Type = "integer" },
            new("Lease", "How long it counts as alive without being heard of, by this server's clock.", (s, now) =>
                s.LeaseLeft(now) is { } left ? HumanDuration.Format(left) : None),
            new("Version", "The version of its code.", (s, _) => Line(s.Spec.ShortVersion())),
            new("Age", "The time since it started.", (s, now) => HumanDuration.Age(s.Metadata.CreationTimestamp, now)),
            new("Steps", "Step bodies that run now.", (s, _) => (s.Status?.Steps ?? 0).ToString(CultureInfo.InvariantCulture)) { Type = "integer", Priority = 1 },
        ],
        s => s.Metadata,
        (writer, s) => JsonSerializer.Serialize(writer, s, KontinueJsonContext.Writing.Silo));

    private static string Bytes(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes}B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#}Ki"),
        < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#}Mi"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.#}Gi"),
    };

    private static ExecutionStatus Status(Execution execution) => execution.Status ?? new ExecutionStatus();

    /// <summary>Most executions end within a second, so that the milliseconds are what tells them apart.</summary>
    private static string RunningTime(Execution execution, DateTimeOffset now)
    {
        ExecutionStatus status = Status(execution);
        if (status.StartedAt is not { } started)
        {
            return None;
        }

        TimeSpan time = (status.FinishedAt ?? now) - started;
        return status.FinishedAt is not null && time >= TimeSpan.Zero && time < TimeSpan.FromSeconds(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMilliseconds}ms")
            : HumanDuration.Format(time);
    }

    /// <summary>The most pressing first: obstacles, then failures, then waits. Lists do not read waits; then the next due time is known.</summary>
    private static string Reason(Execution execution, DateTimeOffset now)
    {
        ExecutionStatus status = Status(execution);
        if (status.Conditions?.FirstOrDefault(c => string.Equals(c.Status, "True", StringComparison.Ordinal)) is { } condition)
        {
            return Line($"{condition.Type}: {condition.Message}");
        }

        if (status.Error is { } error && status.Phase is ExecutionPhase.Failed or ExecutionPhase.Canceled or ExecutionPhase.Skipped or ExecutionPhase.Backoff)
        {
            return Line($"{error.Kind}: {error.Message}");
        }

        if (status.WaitingFor is { Count: > 0 } waits)
        {
            string until = waits[0].Until is { } due ? $" ({In(due, now)})" : "";
            string more = waits.Count > 1 ? $" +{waits.Count - 1}" : "";
            return Line($"{waits[0].Kind} {waits[0].Name}{until}{more}");
        }

        return status.WakeAt is { } wake && !status.Phase.IsTerminal() ? In(wake, now) : None;
    }

    private static string In(DateTimeOffset? due, DateTimeOffset now) => due switch
    {
        null => "open-ended",
        { } at when at <= now => "due",
        { } at => "in " + HumanDuration.Format(at - now),
    };

    private static string Owner(ObjectMetadata metadata) => metadata.OwnerReferences is { Count: > 0 } owners ? owners[0].Name : None;

    private static string Timeout(TimeoutSpec? timeout) => timeout switch
    {
        { Overall: { } overall } => Duration.Format(overall),
        { Attempt: { } attempt } => $"{Duration.Format(attempt)} per attempt",
        _ => None,
    };

    private static string Line(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return None;
        }

        string line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= MaxMessage ? line : line[..(char.IsHighSurrogate(line[MaxMessage - 2]) ? MaxMessage - 2 : MaxMessage - 1)] + "…";
    }
}
