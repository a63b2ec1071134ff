using System.Text.Json;
using Kontinue;
using Kontinue.Client;
using Kontinue.Resources;

if (args is not [string plan])
{
    Console.Error.WriteLine("Usage: ClientConsole PLAN, a plan of the deploy-cluster sample as the server sees it.");
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};
CancellationToken stop = interrupted.Token;

using var client = new KontinueHttpClient(new Uri(Environment.GetEnvironmentVariable("KONTINUE_SERVER") ?? "http://127.0.0.1:8080"));
try
{
    // Start and wait in one call.
    Console.WriteLine(await client.ExecuteAsync<string>("hello", new { Name = "Ada" }, cancellationToken: stop));

    // Start, and follow it: each change says when to look what it waits for.
    Execution started = await client.StartAsync("deploy-cluster", new { Plan = plan }, cancellationToken: stop);
    ExecutionHandle deployment = client.Handle(started.Key);
    bool isApproved = false, isAborted = false;
    await foreach (ExecutionEvent change in deployment.WatchAsync(stop))
    {
        if (change.Execution?.Status is not { } told)
        {
            continue;
        }

        Console.Error.WriteLine($"{change.Type} {deployment.Key}: {told.Phase}");
        if (told.Phase.IsTerminal())
        {
            break;
        }

        Execution now = await deployment.GetAsync(stop);
        if (!isApproved && WaitsFor(now, "Suspend", "approval"))
        {
            await deployment.ResumeAsync("approval", new { Approved = true, By = "client" }, stop);
            isApproved = true;
        }
        else if (!isAborted && WaitsFor(now, "Event", "abort"))
        {
            await deployment.SendEventAsync("abort", "seen enough", stop);
            isAborted = true;
        }
    }

    JsonElement result = await deployment.ResultAsync<JsonElement>(stop);
    Console.WriteLine($"{result.GetProperty("outcome")} by {result.GetProperty("by")}");

    // List, page by page.
    var ofThisFunction = new ListQuery { Selector = new ExecutionSelector { Namespace = "default", Function = "deploy-cluster" } };
    await foreach (Execution execution in client.ListAllAsync(ofThisFunction, stop))
    {
        if (execution.Key == deployment.Key)
        {
            Console.WriteLine($"listed as {execution.Status!.Phase}");
        }
    }

    return 0;
}
catch (KontinueException e)
{
    // Everything that a server refuses, and a server that cannot be reached.
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}

static bool WaitsFor(Execution execution, string kind, string name) =>
    execution.Status?.WaitingFor?.Any(w => w.Kind == kind && w.Name == name) is true;
