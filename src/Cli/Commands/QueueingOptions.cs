using System.CommandLine;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>Options that say where an execution runs, and what it waits for before it does.</summary>
internal sealed class QueueingOptions
{
    private readonly Option<string?> _group = new("--group") { Description = "The worker group that shall run it. Needed when several have the function." };
    private readonly Option<string?> _mutex = new("--mutex") { Description = "A mutex: one execution at a time holds it, of those with its name in the namespace." };
    private readonly Option<int?> _priority = new("--priority") { Description = "Which are let in first when not all can be: 1 (first) to 5. Default: 3." };
    private readonly Option<string?> _key = new("--concurrency-key") { Description = "Shares a limit with the executions of the namespace that have the same key." };

    public QueueingOptions() => _priority.MustBe(n => n is null or (>= 1 and <= 5), "--priority must be from 1 (first) to 5.");

    public void AddTo(Command command) => Array.ForEach<Option>([_group, _mutex, _priority, _key], command.Options.Add);

    public ExecutionSpec Apply(ParseResult parsed, ExecutionSpec spec) => spec with
    {
        WorkerGroup = parsed.GetValue(_group),
        Mutex = parsed.GetValue(_mutex) is { } mutex ? new MutexSpec { Name = mutex } : null,
        Priority = parsed.GetValue(_priority),
        ConcurrencyKey = parsed.GetValue(_key),
    };
}
