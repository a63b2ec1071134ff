using System.Text.Json.Nodes;
using Kontinue.Resources;
using Kontinue.Testing;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class JournalTests : CliTest
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly List<JournalEntry> _journal =
    [
        new JournalEntry { Sequence = 1, Kind = "StepCompleted", At = At, Name = "plan", Value = JsonPayload.From(new string('x', 300)) },
        new JournalEntry { Sequence = 2, Kind = "StepRetry", At = At, Name = "pay", Attempt = 1, Due = At, Error = new ExecutionError(ErrorKind.Execution, "no\nmoney", Retryable: true) },
    ];

    public JournalTests() => Client.OnJournal = _ => Task.FromResult(new JournalPage { Items = [.. _journal] });

    [Fact]
    public async Task Journal_IsATable()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("journal", "x"));
        Assert.Equal(3, Lines.Length);
        Assert.EndsWith("...", Lines[1]);
        Assert.EndsWith("no money", Lines[2]);
    }

    [Fact]
    public async Task Journal_Json_IsOneDocument()
    {
        await RunAsync("journal", "x", "-o", "json");
        Assert.Equal(2, JsonNode.Parse(Out)!["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Journal_Follow_TellsEachEntryOnce()
    {
        int waits = 0;
        Client.OnWait = (key, _, _) =>
        {
            _journal.Add(new JournalEntry { Sequence = _journal.Count + 1, Kind = "Resumed", At = At, Name = $"wait#{++waits}" });
            return Task.FromResult(FakeClient.Make(key, waits < 3 ? ExecutionPhase.Suspended : ExecutionPhase.Completed));
        };
        Assert.Equal(ExitCodes.Ok, await RunAsync("journal", "x", "--follow", "-o", "json"));
        Assert.Equal([1, 2, 3, 4, 5], Lines.Select(l => (int)JsonNode.Parse(l)!["sequence"]!));
    }

    [Fact]
    public async Task Logs_AreSentences()
    {
        Client.OnWait = (key, _, _) => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Failed));
        Assert.Equal(ExitCodes.Failed, await RunAsync("logs", "x", "-f"));
        Assert.StartsWith("2026-03-01T12:00:00.000Z  step plan completed: \"xxx", Lines[0]);
        Assert.Equal("2026-03-01T12:00:00.000Z  step pay will be tried again (attempt 1) until 2026-03-01T12:00:00.000Z: Execution: no money", Lines[1]);
    }

    [Fact]
    public async Task Logs_EndWithTheEnd()
    {
        Execution made = FakeClient.Make(new ExecutionKey("default", "x"), ExecutionPhase.Failed);
        Client.OnGet = _ => Task.FromResult(made with
        {
            Status = made.Status! with { FinishedAt = At, Error = new ExecutionError(ErrorKind.Execution, "no\nmoney", Retryable: true) },
        });
        Assert.Equal(ExitCodes.Ok, await RunAsync("logs", "x"));
        Assert.Equal("2026-03-01T12:00:00.000Z  Failed: Execution: no money", Lines[^1]);
    }

    [Fact]
    public async Task Describe_ShowsAllThereIs()
    {
        for (int i = 3; i <= 30; i++)
        {
            _journal.Add(new JournalEntry { Sequence = i, Kind = "Resumed", At = At, Name = $"w{i}" });
        }

        Client.OnGet = key => Task.FromResult(FakeClient.Make(key, ExecutionPhase.Suspended) is var e && key.Name == "x"
            ? e with
            {
                Metadata = e.Metadata with { Labels = new Dictionary<string, string> { ["app"] = "shop" } },
                Spec = e.Spec with { Arguments = JsonPayload.Parse("""{"a":1}"""), Timeout = new TimeoutSpec { Overall = TimeSpan.FromHours(2) } },
                Status = e.Status! with
                {
                    WaitingFor = [new WaitReference("Suspend", "approval", null, "Please look")],
                    Children = [new ChildReference("y", "inner", ExecutionPhase.Completed)],
                    Conditions = [new Condition("Held", "True", "Held", "code differs", At)],
                    State = new Dictionary<string, JsonPayload> { ["plan"] = JsonPayload.From("done") },
                },
            }
            : key.Name == "y" ? e with { Status = e.Status! with { Children = [new ChildReference("gone", "leaf", ExecutionPhase.Failed)] } }
            : throw new ExecutionNotFoundException(key));
        Assert.Equal(ExitCodes.Ok, await RunAsync("describe", "execution", "x"));
        foreach (string text in (string[])["app=shop", """{"a":1}""", "2h", "Held:", "code differs", "Suspend: Please look", "  y (hello) Suspended", "    gone (leaf) Failed", "the last 20 of 30", "w30 was resumed", "plan:"])
        {
            Assert.Contains(text, Out, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("w10 ", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherActions_SendWhatWasSaid()
    {
        var seen = new List<string>();
        Client.OnSkip = (key, result, reason) => Note($"skip {key} {result} {reason}");
        Client.OnEvent = (key, name, payload) => Note($"event {key} {name} {payload}");
        Client.OnResubmit = (key, name) => Task.FromResult(Make(name ?? key.Name + "-2", ExecutionPhase.Pending));
        Assert.Equal(ExitCodes.Ok, await RunAsync("skip", "x", "--result", "[1]", "--reason", "why"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("events", "send", "x", "abort", "--payload", "1"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("resubmit", "x"));
        Assert.Equal(["skip default/x [1] why", "event default/x abort 1"], seen);
        Assert.Equal("execution x-2 created", Lines[^1]);

        Task Note(string what)
        {
            seen.Add(what);
            return Task.CompletedTask;
        }
    }
}
