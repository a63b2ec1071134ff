using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Kontinue.Hosting.Conformance.Processes;

/// <summary>Serves a ledger of this process to silos in others, on a free port of loopback.</summary>
public sealed class LedgerServer : IAsyncDisposable
{
    internal const string Note = "note";
    internal const string Enter = "enter";
    internal const string Leave = "leave";
    internal const string IsOpen = "is-open";
    internal const string WhenOpen = "when-open";

    private readonly WebApplication _app;

    private LedgerServer(WebApplication app) => _app = app;

    /// <summary>Where it is.</summary>
    public Uri Url => new(_app.Urls.Single());

    /// <summary>Starts one.</summary>
    public static async Task<LedgerServer> StartAsync(ILedger ledger)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost($"{Note}/{{execution}}/{{step}}", ledger.NoteAsync);
        app.MapPost(Enter, ledger.EnterAsync);
        app.MapPost(Leave, ledger.LeaveAsync);
        app.MapPost($"{IsOpen}/{{gate}}", ledger.IsOpenAsync);

        // Who waits may die.
        app.MapPost($"{WhenOpen}/{{gate}}", (string gate, CancellationToken cancellationToken) => ledger.WhenOpenAsync(gate).WaitAsync(cancellationToken));
        await app.StartAsync().ConfigureAwait(false);
        return new LedgerServer(app);
    }

    /// <summary>Ends it, once those that wait at a gate are gone.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
