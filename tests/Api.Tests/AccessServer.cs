using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kontinue.Api;
using Kontinue.Api.Access;
using Kontinue.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Testing;

/// <summary>One line of a log.</summary>
internal sealed record LogLine(string Category, LogLevel Level, string Text);

/// <summary>A clock that is moved by hand.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(GetTimestamp());
}

/// <summary>The API with access rules, on a free port, with TLS if asked for. It keeps which namespaces were touched and what was changed.</summary>
internal sealed class AccessServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _audited;

    private AccessServer(WebApplication app, FakeClient client, ConcurrentQueue<LogLine> log, ManualTime time, SemaphoreSlim audited)
    {
        (_app, Client, Log, Time, _audited) = (app, client, log, time, audited);
        Watch(client);
    }

    public FakeClient Client { get; }

    public ConcurrentQueue<LogLine> Log { get; }

    public ManualTime Time { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The namespaces that requests got through to; <c>*</c> is all of them.</summary>
    public ConcurrentQueue<string> Touched { get; } = [];

    /// <summary>The changes that requests got through with.</summary>
    public ConcurrentQueue<string> Changes { get; } = [];

    public Uri Address => new(_app.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

    public IEnumerable<LogLine> Audit => Log.Where(l => l.Category is KontinueAccessOptions.AuditCategory);

    /// <summary>Waits for the next line of the audit trail: it is written after the answer.</summary>
    public async Task<LogLine> NextAuditAsync()
    {
        Assert.True(await _audited.WaitAsync(TimeSpan.FromSeconds(20)), "Waited 20 s for a line of the audit trail.");
        return Audit.Last();
    }

    public static async Task<AccessServer> StartAsync(Action<KontinueApiOptions> configure, bool tls = false, IPAddress? at = null, Action<WebApplication>? before = null)
    {
        var client = new FakeClient();
        var log = new ConcurrentQueue<LogLine>();
        var time = new ManualTime();
        var audited = new SemaphoreSlim(0);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.UseKontinueLimits().Listen(at ?? IPAddress.Loopback, 0, listen =>
        {
            if (tls)
            {
                listen.UseKontinueTls();
            }
        }));
        builder.Logging.AddProvider(new Logs(log, audited));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IKontinueClient>(client);
        builder.Services.AddKontinueApi(configure);
        WebApplication app = builder.Build();
        before?.Invoke(app);
        app.MapKontinueApi();
        await app.StartAsync();
        return new AccessServer(app, client, log, time, audited);
    }

    /// <summary>Makes a client, which trusts every server certificate.</summary>
    public HttpClient Connect(string? token = null, X509Certificate2? certificate = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificateContext = System.Net.Security.SslStreamCertificateContext.Create(certificate, null, offline: true);
        }

        var http = new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(20) };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return http;
    }

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private void Watch(FakeClient client)
    {
        client.OnGet = key => Read(key, FakeClient.Make(key, ExecutionPhase.Completed));
        client.OnList = query =>
        {
            Touched.Enqueue(query.Selector.Namespace ?? "*");
            return Task.FromResult(new Resources.ExecutionList { Items = [] });
        };
        client.OnListSuspensions = query =>
        {
            Touched.Enqueue(query.Selector.Namespace ?? "*");
            return Task.FromResult(new Resources.SuspensionList { Items = [] });
        };
        client.OnJournal = key => Read(key, new Resources.JournalPage { Items = [] });
        client.OnCreate = (execution, _, _) =>
        {
            Note(new ExecutionKey(execution.Metadata.Namespace!, execution.Metadata.Name ?? "generated"), "create");
            return Task.FromResult(FakeClient.Stored(execution, ExecutionPhase.Pending));
        };
        client.OnCreateMany = async all =>
        {
            var outcomes = new List<CreateOutcome>();
            foreach (Resources.Execution execution in all)
            {
                outcomes.Add(new CreateOutcome(await client.OnCreate(execution, default, default), Error: null));
            }

            return outcomes;
        };
        client.OnTryCreate = execution => client.OnCreate(execution, default, default);
        client.OnCancel = (key, _) => Change(key, "cancel");
        client.OnResume = (key, _, _) => Change(key, "resume");
        client.OnEvent = (key, _, _) => Change(key, "event");
        client.OnRetry = (key, _) => Change(key, "retry");
        client.OnSkip = (key, _, _) => Change(key, "skip");
        client.OnResubmit = (key, _) => Changed(key, "resubmit");
        client.OnUpdate = (key, _) => Changed(key, "update");
        client.OnDelete = (key, _) => Changed(key, "delete");
    }

    private Task<T> Read<T>(ExecutionKey key, T value)
    {
        Touched.Enqueue(key.Namespace);
        return Task.FromResult(value);
    }

    private Task Change(ExecutionKey key, string what)
    {
        Note(key, what);
        return Task.CompletedTask;
    }

    private Task<Resources.Execution> Changed(ExecutionKey key, string what)
    {
        Note(key, what);
        return Task.FromResult(FakeClient.Make(key, ExecutionPhase.Completed));
    }

    private void Note(ExecutionKey key, string what)
    {
        Touched.Enqueue(key.Namespace);
        Changes.Enqueue($"{what} {key}");
    }

    private sealed class Logs(ConcurrentQueue<LogLine> log, SemaphoreSlim audited) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new One(log, audited, categoryName);

        public void Dispose()
        {
        }
    }

    private sealed class One(ConcurrentQueue<LogLine> log, SemaphoreSlim audited, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            log.Enqueue(new LogLine(category, logLevel, formatter(state, exception)));
            if (category is KontinueAccessOptions.AuditCategory)
            {
                audited.Release();
            }
        }
    }
}
