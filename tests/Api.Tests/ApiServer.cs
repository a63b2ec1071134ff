using System.Collections.Concurrent;
using Kontinue.Api;
using Kontinue.Client;
using Kontinue.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kontinue.Testing;

/// <summary>The API on a free port, over a <see cref="FakeClient"/>.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiServer(WebApplication app, FakeClient client, ConcurrentQueue<string> log)
    {
        _app = app;
        Client = client;
        Log = log;
        Http = new HttpClient { BaseAddress = Address };
    }

    public FakeClient Client { get; }

    public HttpClient Http { get; }

    public ConcurrentQueue<string> Log { get; }

    public Uri Address => new(_app.Urls.First());

    public static async Task<ApiServer> StartAsync(Action<KontinueApiOptions>? configure = null, Action<KontinueOptions>? host = null)
    {
        var client = new FakeClient();
        var log = new ConcurrentQueue<string>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.AddProvider(new QueueLogger(log));
        builder.Services.AddSingleton<IKontinueClient>(client);
        builder.Services.AddSingleton<IHostHealth>(client);
        builder.Services.Configure(host ?? (_ => { }));
        builder.Services.AddKontinueApi(configure);
        WebApplication app = builder.Build();
        app.MapKontinueApi();
        await app.StartAsync();
        return new ApiServer(app, client, log);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class QueueLogger(ConcurrentQueue<string> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
