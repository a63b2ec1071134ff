using System.Net;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>What people do with executions, over HTTP, on each store.</summary>
[Collection(StoresCollection.Name)]
public sealed class LifeTests(Stores stores)
{
    public static TheoryData<string> Kinds => Stores.All;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_execution_is_created_waited_for_and_read(string kind)
    {
        await using Server server = await Server.StartAsync(await stores.NewAsync(kind));
        Calls calls = server.Calls;
        Execution created = (await calls.CreateAsync("ada", "greet", """{"name":"Ada","times":2}""", "?wait=25s")).Expect(HttpStatusCode.Created).As<Execution>();
        Assert.Equal(ExecutionPhase.Completed, created.Status!.Phase);
        Assert.Equal("\"Ada 2\"", await calls.ResultAsync("ada"));
        Assert.Equal("\"Ada 2\"", (await calls.GetAsync("ada")).As<Execution>().Status!.State!["greet"].ToString());
        JournalPage journal = (await calls.GetAsync("ada", "/journal")).Expect(HttpStatusCode.OK).As<JournalPage>();
        Assert.Equal(("StepCompleted", "greet"), (Assert.Single(journal.Items).Kind, journal.Items[0].Name));
        Assert.Equal("ada", Assert.Single((await calls.ListAsync()).As<ExecutionList>().Items).Metadata.Name);

        ErrorStatus taken = (await calls.CreateAsync("ada", "greet", """{"name":"Eve","times":1}""")).ExpectError(409, "AlreadyExists");
        Assert.Equal(created.Metadata.Uid, taken.Details!.Uid);
        Assert.Equal("\"Ada 2\"", await calls.ResultAsync("ada"));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_suspension_is_resumed_with_its_payload(string kind)
    {
        await using Server server = await Server.StartAsync(await stores.NewAsync(kind));
        Calls calls = server.Calls;
        (await calls.CreateAsync("a", "approval")).Expect(HttpStatusCode.Created);
        Execution waiting = await calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Suspended, "wait");
        Assert.Equal(("Suspend", "gate", "Open the gate?"), waiting.Status!.WaitingFor!.Select(w => (w.Kind, w.Name, w.Description)).Single());
        (await calls.GetAsync("a", "/result")).ExpectError(408, "Timeout");

        ErrorStatus wrong = (await calls.ActAsync("a", "resume", """{"suspension":"door"}""")).ExpectError(409, "Conflict");
        Assert.Contains("'gate'", wrong.Message, StringComparison.Ordinal);
        (await calls.ActAsync("a", "resume", """{"suspension":"gate","payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("\"opened by Ada\"", await calls.ResultAsync("a"));
        (await calls.ActAsync("a", "resume")).ExpectError(409, "Conflict");
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Events_are_taken_in_their_order(string kind)
    {
        await using Server server = await Server.StartAsync(await stores.NewAsync(kind));
        Calls calls = server.Calls;
        (await calls.CreateAsync("a", "news")).Expect(HttpStatusCode.Created);
        (await calls.ActAsync("a", "events", """{"name":"news","payload":"one"}""")).Expect(HttpStatusCode.Accepted);
        (await calls.ActAsync("a", "events", """{"name":"news","payload":"two"}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("\"one, two\"", await calls.ResultAsync("a"));
        (await calls.ActAsync("a", "events", """{"name":"news"}""")).ExpectError(409, "Conflict");
        (await calls.ActAsync("b", "events", """{"name":"news"}""")).ExpectError(404, "NotFound");
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_cancellation_ends_it_with_its_reason(string kind)
    {
        await using Server server = await Server.StartAsync(await stores.NewAsync(kind));
        Calls calls = server.Calls;
        (await calls.CreateAsync("a", "approval")).Expect(HttpStatusCode.Created);
        (await calls.ActAsync("a", "cancel", """{"reason":"too late"}""")).Expect(HttpStatusCode.Accepted);
        Execution canceled = await calls.UntilAsync("a", s => s.Phase == ExecutionPhase.Canceled, "be canceled");
        Assert.Equal("too late", canceled.Status!.Error!.Message);
        ErrorStatus result = (await calls.GetAsync("a", "/result")).ExpectError(409, "ExecutionCanceled");
        Assert.Contains("too late", result.Message, StringComparison.Ordinal);
        (await calls.ActAsync("a", "cancel")).ExpectError(409, "Conflict");
    }
}
