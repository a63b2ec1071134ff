using Kontinue.Client;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Cli.Tests;

public sealed class ArchiveTests : CliTest
{
    private static readonly Guid Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    private static readonly Guid ChildUid = Guid.Parse("0198c0de-0000-7000-8000-000000000002");
    private static readonly DateTimeOffset End = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static ArchivedExecution Archived(string name) => new()
    {
        Metadata = new ObjectMetadata { Namespace = "default", Name = ArchivedExecution.NameOf(name, Uid), Uid = Uid },
        Spec = new ArchivedExecutionSpec { Execution = name, Function = "deploy" },
        Status = new ArchivedExecutionStatus { Phase = ExecutionPhase.Failed, Executions = 2, Bytes = 1536, FinishedAt = End, ArchivedAt = End.AddDays(1) },
    };

    private static ArchivedTreeLine Line(string name, Guid uid, OwnerReference? parent = null) => new()
    {
        Execution = Make(name, ExecutionPhase.Completed) with
        {
            Metadata = new ObjectMetadata { Name = name, Uid = uid, OwnerReferences = parent is null ? null : [parent] },
        },
    };

    [Fact]
    public async Task List_ShowsWhatThereIs()
    {
        ListQuery? seen = null;
        Client.OnListArchives = q => Task.FromResult(new ArchivedExecutionList { Items = [.. new[] { Archived("a") }.Take((seen = q).Limit)] });
        Assert.Equal(ExitCodes.Ok, await RunAsync("archive", "get", "-n", "ns", "-l", "app=shop"));
        Assert.Equal(["NAME", "FUNCTION", "PHASE", "EXECUTIONS", "SIZE", "FINISHED", "ARCHIVED"], Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["a", "deploy", "Failed", "2", "1.5Ki"], Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..5]);
        Assert.Equal(("ns", "app"), (seen!.Selector.Namespace, Assert.Single(seen.Selector.Labels!).Key));
    }

    [Fact]
    public async Task Tree_ShowsWhatWasStarted()
    {
        Client.OnGetArchive = (_, _) => Task.FromResult(Archived("a"));
        Client.OnReadArchive = (_, uid) => new[]
        {
            Line("a", uid!.Value), Line("b", ChildUid, new OwnerReference(Execution.DefaultApiVersion, Execution.DefaultKind, "a", Uid)), Line("a", Uid),
        }.ToAsyncEnumerable();
        Assert.Equal(ExitCodes.Ok, await RunAsync("archive", "get", "a", "-o", "tree"));
        Assert.Equal(["a   hello   Completed", "└─ b   hello   Completed"], Lines);
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task Delete_TakesAUid()
    {
        (ExecutionKey, Guid?) seen = default;
        Client.OnDeleteArchive = (key, uid) =>
        {
            seen = (key, uid);
            return Task.CompletedTask;
        };
        Assert.Equal(ExitCodes.Ok, await RunAsync("archive", "delete", $"a.{Uid}"));
        Assert.Equal((new ExecutionKey("default", "a"), (Guid?)Uid), seen);
    }

    [Theory]
    [InlineData("archive get gone", ExitCodes.Error, "no archived execution default/gone")]
    [InlineData("archive delete gone", ExitCodes.Error, "no archived execution default/gone")]
    [InlineData("archive get -o tree", ExitCodes.Usage, "give its NAME")]
    [InlineData("archive get a -A", ExitCodes.Usage, "exclude each other")]
    [InlineData("archive get -l =", ExitCodes.Usage, "--selector cannot be understood")]
    [InlineData("archive delete", ExitCodes.Usage, "Required argument missing")]
    public async Task Mistakes_SayWhatIsRight(string line, int code, string message)
    {
        Assert.Equal(code, await RunAsync(line.Split(' ')));
        Assert.Contains(message, Error, StringComparison.OrdinalIgnoreCase);
    }
}
