using System.Net;
using Kontinue.Client;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>From an execution's end into the archive and out of it, over HTTP, on each store.</summary>
[Collection(StoresCollection.Name)]
public sealed class ArchiveTests(Stores stores)
{
    private const string Archive = "/apis/kontinue.cloud/v1alpha1/namespaces/default/archivedexecutions";

    public static TheoryData<string> Kinds => Stores.All;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_execution_is_archived_read_and_deleted(string kind)
    {
        await using Server server = await Server.StartAsync(await stores.NewAsync(kind));
        Calls calls = server.Calls;
        (await calls.PostAsync("""
            {"metadata":{"name":"ada","labels":{"app":"shop"}},
             "spec":{"function":"greet","arguments":{"name":"Ada","times":2},"ttl":{"archiveAfter":"1ms"}}}
            """)).Expect(HttpStatusCode.Created);
        await Calls.UntilAsync(() => calls.GetAsync("ada"), reply => reply.Code == 404, "ada to be gone");

        Reply list = await calls.SendAsync(HttpMethod.Get, Archive + "?labelSelector=app%3Dshop");
        ArchivedExecution listed = Assert.Single(list.Expect(HttpStatusCode.OK).As<ArchivedExecutionList>().Items);
        Assert.Equal(("ada", "greet", ExecutionPhase.Completed, 1), (listed.Spec.Execution, listed.Spec.Function, listed.Status.Phase, listed.Status.Executions));
        ArchivedExecution one = (await calls.SendAsync(HttpMethod.Get, $"{Archive}/{listed.Metadata.Name}")).Expect(HttpStatusCode.OK).As<ArchivedExecution>();
        Assert.Equal("\"Ada 2\"", one.Root!.Status!.Result.ToString());

        using var client = new KontinueHttpClient(calls.Address);
        var key = new ExecutionKey("default", "ada");
        List<ArchivedTreeLine> lines = [];
        await foreach (ArchivedTreeLine line in client.ReadArchiveAsync(key))
        {
            lines.Add(line);
        }

        Assert.Equal(("ada", "greet"), (lines[0].Execution!.Metadata.Name, lines[1].Entry!.Name));
        await client.DeleteArchiveAsync(key, listed.Metadata.Uid);
        await Assert.ThrowsAsync<ExecutionNotFoundException>(() => client.GetArchiveAsync(key));
        (await calls.SendAsync(HttpMethod.Get, Archive + "/ada/tree")).ExpectError(404, "NotFound");
    }
}
