using Kontinue.Api;
using Kontinue.Engine;
using Kontinue.Engine.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>A host with its store and the API on a free port, as an application would put them together.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Server(WebApplication app)
    {
        _app = app;
        Calls = new Calls(new Uri(app.Urls.First()));
    }

    public Calls Calls { get; }

    /// <summary>Starts one. Its name is always the same, so that a second one on the same store takes up what the first one left.</summary>
    /// <param name="store">Where it keeps things.</param>
    /// <param name="functions">Default: <see cref="Functions"/>.</param>
    /// <param name="configure">Changes the host's settings.</param>
    /// <param name="api">Changes the API's settings.</param>
    /// <param name="at">Where to listen; default: a free port.</param>
    public static async Task<Server> StartAsync(
        Action<KontinueBuilder> store, Action<KontinueBuilder>? functions = null, Action<KontinueOptions>? configure = null,
        Action<KontinueApiOptions>? api = null, Uri? at = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(at?.ToString() ?? "http://127.0.0.1:0");
        builder.Services.AddKontinue(k =>
        {
            store(k);
            (functions ?? Functions.Register)(k);
            k.Configure(o =>
            {
                o.SiloName = "end-to-end";
                o.Lease = TimeSpan.FromSeconds(4);
                o.SweepInterval = TimeSpan.FromMilliseconds(50);
                o.ShutdownGrace = TimeSpan.FromSeconds(1);
                configure?.Invoke(o);
            });
        });
        builder.Services.AddKontinueApi(api);
        WebApplication app = builder.Build();
        app.MapKontinueApi();
        try
        {
            await app.StartAsync();
            return new Server(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Calls.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
