using System.Threading.Channels;
using Kontinue.Cli.Commands;
using Kontinue.Client;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Spectre.Console;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class ProgressTests : CliTest
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Tree_ShowsStepsWaitsAndChildren()
    {
        Execution root = With(Make("root", ExecutionPhase.Suspended), s => s with
        {
            StartedAt = ManualTimeProvider.Start - TimeSpan.FromSeconds(65),
            State = new Dictionary<string, JsonPayload> { ["plan"] = JsonPayload.Null },
            WaitingFor = [new WaitReference("Child", "left", null, null), new WaitReference("Suspend", "approval", null, "[ask] the boss")],
        });
        var tree = new ProgressTree(root, _time);
        Execution left = Uid(Make("left", ExecutionPhase.Executing)), done = Uid(Make("done", ExecutionPhase.Failed)), below = Uid(Make("below", ExecutionPhase.Backoff));
        tree.Update(left, root.Metadata.Uid!.Value);
        tree.Update(done, root.Metadata.Uid!.Value);
        tree.Update(below, left.Metadata.Uid!.Value);
        tree.Update(Uid(Make("stranger", ExecutionPhase.Executing)), Guid.NewGuid());
        Assert.Equal(
            ["Suspended root hello 65s", "├── done plan", "├── suspend approval: [ask] the boss", "├── Executing left hello", "│   └── Backoff below hello", "└── Failed done hello"],
            Render(tree));

        tree.UpdateRoot(With(root, s => s with { Phase = ExecutionPhase.Completed, WaitingFor = null, FinishedAt = ManualTimeProvider.Start }));
        tree.Update(With(left, s => s with { Phase = ExecutionPhase.Completed }), root.Metadata.Uid!.Value);
        Assert.Equal(["Completed root hello 65s", "├── done plan", "├── Completed left hello", "└── Failed done hello"], Render(tree));
    }

    [Fact]
    public void Tree_IsBounded()
    {
        Execution root = Make("root", ExecutionPhase.Suspended);
        var tree = new ProgressTree(root, _time);
        for (int i = 0; i < 1000; i++)
        {
            tree.Update(Uid(Make($"c{i}", i % 2 == 0 ? ExecutionPhase.Completed : ExecutionPhase.Executing)), root.Metadata.Uid!.Value);
        }

        string[] lines = Render(tree);
        Assert.Equal(17, lines.Length);
        Assert.Equal("└── and 85 Executing, 100 Completed", lines[^1]);
    }

    [Fact]
    public async Task Watcher_ShowsStepsThatNoWatchTellsOf()
    {
        Execution root = Make("root", ExecutionPhase.Executing);
        Client.OnWatch = (_, token) => Channel.CreateUnbounded<ExecutionEvent>().Reader.ReadAllAsync(token);
        Client.OnGet = _ => Task.FromResult(With(root, s => s with { State = new Dictionary<string, JsonPayload> { ["plan"] = JsonPayload.Null } }));
        var changes = Channel.CreateUnbounded<bool>();
        var tree = new ProgressTree(root, _time);
        await using (new ProgressWatcher(Client, root, tree, _time, () => changes.Writer.TryWrite(true)))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await changes.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
            Assert.Equal(["Executing root hello", "└── done plan"], Render(tree));

            tree.UpdateRoot(root);
            Assert.Equal(["Executing root hello", "└── done plan"], Render(tree));
        }
    }

    [Fact]
    public async Task Watcher_FollowsChildrenAndTheirChildren()
    {
        var streams = new Dictionary<Guid, Channel<ExecutionEvent>>();
        Execution root = Make("root", ExecutionPhase.Suspended), child = Uid(Make("child", ExecutionPhase.Executing)), grandchild = Uid(Make("grandchild", ExecutionPhase.Pending));
        Client.OnGet = _ => Task.FromResult(root);
        foreach (Execution e in new[] { root, child, grandchild })
        {
            streams[e.Metadata.Uid!.Value] = Channel.CreateUnbounded<ExecutionEvent>();
        }

        Client.OnWatch = (q, token) => q.Selector.ParentUid is { } uid ? streams[uid].Reader.ReadAllAsync(token) : AsyncEnumerable.Empty<ExecutionEvent>();
        var changes = Channel.CreateUnbounded<bool>();
        var tree = new ProgressTree(root, _time);
        await using (new ProgressWatcher(Client, root, tree, _time, () => changes.Writer.TryWrite(true)))
        {
            await Tell(root, child);
            await Tell(child, grandchild);
            Assert.Equal(["Suspended root hello", "└── Executing child hello", "    └── Pending grandchild hello"], Render(tree));
        }

        async Task Tell(Execution parent, Execution what)
        {
            streams[parent.Metadata.Uid!.Value].Writer.TryWrite(new ExecutionEvent(ExecutionEventType.Added, what, "1"));
            await changes.Reader.ReadAsync().AsTask().WaitAsync(Deadline);
        }
    }

    [Fact]
    public async Task Wait_OnATerminal_PrintsTheResultOnlyOnOut()
    {
        Client.OnCreate = (e, _, _) => Task.FromResult(Testing.FakeClient.Stored(e, ExecutionPhase.Executing));
        Client.OnGet = key => Task.FromResult(Make(key.Name, ExecutionPhase.Executing));
        Client.OnWatch = (_, _) => throw new TooManyRequestsException("no more watches", TimeSpan.FromSeconds(1));
        Client.OnWait = (key, _, _) => Task.FromResult(Testing.FakeClient.Make(key, ExecutionPhase.Completed, JsonPayload.From(42)));
        Assert.Equal(ExitCodes.Ok, await RunWatchedAsync("execute", "hello", "--name", "x", "--wait"));
        Assert.Equal("42\n", Out);
        Assert.Contains("Executing", Error, StringComparison.Ordinal);
    }

    private static Execution Uid(Execution execution) => execution with { Metadata = execution.Metadata with { Uid = Guid.NewGuid() } };

    private static Execution With(Execution execution, Func<ExecutionStatus, ExecutionStatus> change) => execution with { Status = change(execution.Status!) };

    private static string[] Render(ProgressTree tree)
    {
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Capabilities.Unicode = true;
        console.Write(tree.Render());
        return [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd())];
    }
}
