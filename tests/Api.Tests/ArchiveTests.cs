using System.Net;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class ArchiveTests : ApiTest
{
    private const string Archive = Root + "/namespaces/default/archivedexecutions";
    private static readonly Guid Uid = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset End = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static ArchivedExecution Archived => new()
    {
        Metadata = new ObjectMetadata { Namespace = "default", Name = ArchivedExecution.NameOf("x", Uid), Uid = Uid, ResourceVersion = "7" },
        Spec = new ArchivedExecutionSpec { Execution = "x", Function = "f" },
        Status = new ArchivedExecutionStatus { Phase = ExecutionPhase.Failed, Executions = 2, Bytes = 100, FinishedAt = End, ArchivedAt = End },
    };

    [Theory]
    [InlineData("/x", null)]
    [InlineData("/x.0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000001")]
    public async Task Get_ByNameOrByNameAndUid(string path, string? uid)
    {
        (ExecutionKey, Guid?) seen = default;
        Client.OnGetArchive = (key, one) =>
        {
            seen = (key, one);
            return Task.FromResult(Archived);
        };
        Assert.Equal(2, (await ReadAsync<ArchivedExecution>(await GetAsync(Archive + path))).Status.Executions);
        Assert.Equal((new ExecutionKey("default", "x"), uid is null ? null : Guid.Parse(uid)), seen);
    }

    [Fact]
    public async Task What_IsNotThere_Is404_OfItsKind()
    {
        ErrorStatus missing = await ErrorAsync(await GetAsync(Archive + "/x"), 404, "NotFound");
        Assert.Equal("archivedexecutions", missing.Details!.Kind);
        await ErrorAsync(await GetAsync(Archive + "/x/tree"), 404, "NotFound");
        await ErrorAsync(await GetAsync(Archive + "/_"), 404, "NotFound");
        await ErrorAsync(await SendAsync(HttpMethod.Delete, Archive + "/x"), 404, "NotFound");
        await ErrorAsync(await GetAsync(Archive + "?watch=true"), 400, "BadRequest");
    }

    [Fact]
    public async Task Delete_HonorsPreconditionsAndDryRun()
    {
        List<Guid?> deleted = [];
        Client.OnGetArchive = (_, _) => Task.FromResult(Archived);
        Client.OnDeleteArchive = (_, uid) =>
        {
            deleted.Add(uid);
            return Task.CompletedTask;
        };
        await ErrorAsync(
            await SendAsync(HttpMethod.Delete, Archive + "/x", """{"preconditions":{"uid":"0198c0de-0000-7000-8000-000000000009"}}"""), 409, "Conflict");
        await ReadAsync<ErrorStatus>(await SendAsync(HttpMethod.Delete, Archive + "/x?dryRun=All"));
        Assert.Empty(deleted);
        ErrorStatus done = await ReadAsync<ErrorStatus>(await SendAsync(HttpMethod.Delete, Archive + "/x"));
        Assert.Equal(("Success", "archivedexecutions"), (done.Status, done.Details!.Kind));
        Assert.Equal([Uid], deleted);
    }

    [Fact]
    public async Task Tree_IsALineForEachPart()
    {
        Client.OnReadArchive = (_, _) => new[]
        {
            new ArchivedTreeLine { Execution = new Execution { Metadata = new ObjectMetadata { Name = "x" }, Spec = new ExecutionSpec { Function = "f" } } },
            new ArchivedTreeLine { Entry = new JournalEntry { Sequence = 1, Kind = "StepCompleted", At = End } },
        }.ToAsyncEnumerable();
        using HttpResponseMessage answer = await GetAsync(Archive + "/x/tree");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"execution\":{", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"entry\":{", lines[1], StringComparison.Ordinal);
    }
}
