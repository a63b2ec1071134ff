using System.Net;
using Kontinue.EndToEnd.Tests.Support;
using Kontinue.Engine.Hosting;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests;

/// <summary>A server that comes back with other code, or without it.</summary>
[Collection(StoresCollection.Name)]
public sealed class ChangedCodeTests(Stores stores)
{
    public static TheoryData<string> Kinds => Stores.All;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_execution_whose_journal_disagrees_is_held_and_says_why(string kind)
    {
        Action<KontinueBuilder> store = await stores.NewAsync(kind);
        await StartWaitingAsync(store, "canceled", "goes-on");

        await using (Server changed = await Server.StartAsync(store, k => k.AddFunction("approval", (KontinueContext ktx) => ktx.Step("gate", () => "open"))))
        {
            // Nobody looks into a journal before something happens to its execution.
            foreach (string name in new[] { "canceled", "goes-on" })
            {
                (await changed.Calls.ActAsync(name, "events", """{"name":"anything"}""")).Expect(HttpStatusCode.Accepted);
                Execution held = await changed.Calls.UntilAsync(name, s => s.Conditions is not null, "be held");
                Assert.False(held.Status!.Phase.IsTerminal());
                Condition condition = Assert.Single(held.Status.Conditions!);
                Assert.Equal((Condition.Held, "True"), (condition.Type, condition.Status));
                Assert.Contains("'gate'", condition.Message, StringComparison.Ordinal);
            }

            (await changed.Calls.ActAsync("canceled", "cancel", """{"reason":"not worth it"}""")).Expect(HttpStatusCode.Accepted);
            Execution canceled = await changed.Calls.UntilAsync("canceled", s => s.Phase.IsTerminal(), "end");
            Assert.Equal((ExecutionPhase.Canceled, "not worth it"), (canceled.Status!.Phase, canceled.Status.Error!.Message));
            (await changed.Calls.ActAsync("goes-on", "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
        }

        await using Server mended = await Server.StartAsync(store);
        Assert.Equal("\"opened by Ada\"", await mended.Calls.ResultAsync("goes-on"));
        Assert.Null((await mended.Calls.GetAsync("goes-on")).As<Execution>().Status!.Conditions);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_function_that_is_gone_is_waited_for(string kind)
    {
        Action<KontinueBuilder> store = await stores.NewAsync(kind);
        await StartWaitingAsync(store, "a");

        await using (Server without = await Server.StartAsync(store, _ => { }))
        {
            (await without.Calls.CreateAsync("b", "greet", """{"name":"Ada","times":1}""")).Expect(HttpStatusCode.Created);
            (await without.Calls.ActAsync("a", "resume", """{"payload":{"by":"Ada"}}""")).Expect(HttpStatusCode.Accepted);
            (await without.Calls.GetAsync("a", "/result")).ExpectError(408, "Timeout");
        }

        await using Server again = await Server.StartAsync(store);
        Assert.Equal("\"opened by Ada\"", await again.Calls.ResultAsync("a"));
        Assert.Equal("\"Ada 1\"", await again.Calls.ResultAsync("b"));
    }

    private static async Task StartWaitingAsync(Action<KontinueBuilder> store, params string[] names)
    {
        await using Server server = await Server.StartAsync(store);
        foreach (string name in names)
        {
            (await server.Calls.CreateAsync(name, "approval")).Expect(HttpStatusCode.Created);
            await server.Calls.UntilAsync(name, s => s.Phase == ExecutionPhase.Suspended, "wait");
        }
    }
}
