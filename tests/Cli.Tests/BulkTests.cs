using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kontinue.Client;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class BulkTests : CliTest
{
    private readonly ConcurrentQueue<string> _done = [];

    public BulkTests()
    {
        Stored(Make("a", ExecutionPhase.Executing), Make("b", ExecutionPhase.Failed), Make("c", ExecutionPhase.Completed), Make("d", ExecutionPhase.Backoff));
        Client.OnCancel = (key, reason) => Note($"cancel {key.Name} {reason}");
        Client.OnRetry = (key, policy) => Note($"retry {key.Name} {policy}");
        Client.OnDelete = async (key, request) =>
        {
            await Note($"delete {key.Name} {request.Force} {request.Orphan} {request.Uid is not null}");
            return Make(key.Name, ExecutionPhase.Completed);
        };
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("retry")]
    [InlineData("delete")]
    [InlineData("delete -A")]
    [InlineData("delete -A --yes")]
    [InlineData("cancel --yes -l=")]
    [InlineData("delete --yes --field-selector metadata.namespace=default")]
    [InlineData("cancel a --phase Executing")]
    public async Task NoFilterIsNotAll(string line)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(line.Split(' ')));
        Assert.Empty(_done);
    }

    [Theory]
    [InlineData("cancel a b --reason late", "cancel a late,cancel b late")]
    [InlineData("cancel a a", "cancel a ")]
    [InlineData("cancel --function hello --yes", "cancel a ,cancel d ")]
    [InlineData("retry --function hello -y --child-policy None", "retry b None,retry d None")]
    [InlineData("retry --phase Failed -y", "retry b ")]
    [InlineData("delete b --force --orphan", "delete b True True False")]
    [InlineData("delete --phase Completed --yes", "delete c False False True")]
    public async Task ActsOnWhatIsNamedOrSelected(string line, string expected)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(line.Split(' ')));
        Assert.Equal(expected.Split(','), _done.Order());
    }

    [Fact]
    public async Task DryRun_DoesNothing()
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync("cancel", "--function", "hello", "--dry-run"));
        Assert.Empty(_done);
        Assert.Equal(["execution a would be asked to end (dry run)", "execution d would be asked to end (dry run)"], Lines);
    }

    [Theory]
    [InlineData("y", ExitCodes.Ok, 2)]
    [InlineData("n", ExitCodes.Error, 0)]
    [InlineData("", ExitCodes.Error, 0)]
    public async Task Selection_IsConfirmed(string answer, int code, int count)
    {
        Typed = [answer];
        Assert.Equal(code, await RunAsync("cancel", "--function", "hello"));
        Assert.Equal(count, _done.Count);
        Assert.Contains("Cancel 2 executions?", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyToAsk_RefusesAndSaysHow()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("delete", "--phase", "Failed"));
        Assert.Empty(_done);
        Assert.Contains("--yes", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneThatFails_DoesNotKeepTheOthers()
    {
        Client.OnCancel = (key, _) => key.Name == "b" ? throw new ExecutionConflictException(key, "It has ended.") : Note("cancel " + key.Name);
        Assert.Equal(ExitCodes.Error, await RunAsync("cancel", "a", "b", "d", "-o", "json"));
        Assert.Equal(["cancel a", "cancel d"], _done.Order());
        JsonArray items = JsonNode.Parse(Out)!["items"]!.AsArray();
        Assert.Equal("It has ended.", (string?)items[1]!["error"]);
        Assert.Equal("asked to end", (string?)items[2]!["done"]);
    }

    [Fact]
    public async Task Delete_Waits_UntilItIsGone()
    {
        Execution dying = Make("a", ExecutionPhase.Executing);
        dying = dying with { Metadata = dying.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } };
        Client.OnDelete = (_, _) => Task.FromResult(dying);
        Assert.Equal(ExitCodes.Ok, await RunAsync("delete", "a"));
        Assert.Equal("execution a asked to end; it is gone when it has\n", Out);

        var other = Make("a", ExecutionPhase.Pending);
        other = other with { Metadata = other.Metadata with { Uid = Guid.NewGuid() } };
        bool sawEnd = false;
        Client.OnWatch = (_, _) => Watch();
        Assert.Equal(ExitCodes.Ok, await RunAsync("delete", "a", "--wait"));
        Assert.True(sawEnd, "It did not wait for the end of this execution.");
        Assert.Equal("execution a deleted", Lines[^1]);

        async IAsyncEnumerable<ExecutionEvent> Watch()
        {
            await Task.Yield();
            yield return new ExecutionEvent(ExecutionEventType.Added, dying, "1");
            yield return new ExecutionEvent(ExecutionEventType.Bookmark, null, "2") { IsInitialEnd = true };
            yield return new ExecutionEvent(ExecutionEventType.Deleted, other, "3");
            sawEnd = true;
            yield return new ExecutionEvent(ExecutionEventType.Deleted, dying, "4");
        }
    }

    [Fact]
    public async Task Delete_WaitOfABrokenWatch_IsAnError()
    {
        Execution dying = Make("a", ExecutionPhase.Executing);
        Client.OnDelete = (_, _) => Task.FromResult(dying with { Metadata = dying.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        Assert.Equal(ExitCodes.Error, await RunAsync("delete", "a", "--wait"));
        Assert.Contains("kontinue get executions a -n default", Error, StringComparison.Ordinal);
    }

    private Task Note(string what)
    {
        _done.Enqueue(what);
        return Task.CompletedTask;
    }
}
