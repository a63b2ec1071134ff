using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Kontinue.Client.Tests.Support;

/// <summary>What a server answers.</summary>
internal sealed record Answer(int Code, string Body)
{
    public string? RetryAfter { get; init; }
}

/// <summary>What a server was asked.</summary>
internal sealed record Asked(string Method, string Path, string Query, string Body, string? ContentType, string? Authorization)
{
    public string? ClientCertificate { get; init; }

    public override string ToString() => $"{Method} {Path}{Query} {Body}";
}

/// <summary>How an exchange goes wrong.</summary>
public enum Fault
{
    None,

    /// <summary>The connection is reset when the request was received, before anything is done.</summary>
    ResetBefore,

    /// <summary>The request is carried out, and the connection reset before the answer.</summary>
    ResetAfter,

    /// <summary>The request is carried out, and the connection reset in the middle of the answer.</summary>
    ResetWithin,

    /// <summary>The request is carried out, and a proxy says that it got no answer.</summary>
    GatewayAfter,

    /// <summary>503, nothing is done.</summary>
    Away,

    /// <summary>429, nothing is done.</summary>
    Throttled,
}

/// <summary>A real server on a real port of which the tests say what it answers, and when its connections break.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeServer(WebApplication app) => _app = app;

    /// <summary>What is answered.</summary>
    public Func<Asked, Answer> OnRequest { get; set; } = _ => new Answer(200, "{}");

    /// <summary>What goes wrong with the next exchanges, one each.</summary>
    public ConcurrentQueue<Fault> Faults { get; } = [];

    /// <summary>All that was asked.</summary>
    public ConcurrentQueue<Asked> All { get; } = [];

    /// <summary>Takes over requests for watches.</summary>
    public Func<HttpContext, Task>? OnWatch { get; set; }

    public Uri Address => new(_app.Urls.First());

    public static async Task<FakeServer> StartAsync(X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls(certificate is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.ConfigureHttpsDefaults(h =>
        {
            h.ServerCertificate = certificate;
            h.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            h.AllowAnyClientCertificate();
        }));
        WebApplication app = builder.Build();
        var server = new FakeServer(app);
        app.Run(server.RunAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Watches that are still open would hold an orderly stop up.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task RunAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        using var reader = new StreamReader(request.Body);
        var asked = new Asked(
            request.Method, request.Path, request.QueryString.Value ?? "", await reader.ReadToEndAsync(), request.ContentType, request.Headers.Authorization)
        {
            ClientCertificate = context.Connection.ClientCertificate?.Subject,
        };
        All.Enqueue(asked);
        Fault fault = Faults.TryDequeue(out Fault next) ? next : Fault.None;
        if (fault == Fault.ResetBefore)
        {
            context.Abort();
            return;
        }

        if (fault == Fault.None && OnWatch is not null && request.Query.ContainsKey("watch"))
        {
            await OnWatch(context);
            return;
        }

        Answer answer = fault switch
        {
            Fault.Away => FakeApi.Failure(503, "ServiceUnavailable", "The store is away."),
            Fault.Throttled => FakeApi.Failure(429, "TooManyRequests", "Too much at once."),
            _ => OnRequest(asked),
        };
        switch (fault)
        {
            case Fault.ResetAfter:
                context.Abort();
                return;
            case Fault.GatewayAfter:
                answer = new Answer(504, "<html>Gateway timeout</html>");
                break;
        }

        byte[] body = Encoding.UTF8.GetBytes(answer.Body);
        context.Response.StatusCode = answer.Code;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.RetryAfter = answer.RetryAfter;
        if (fault == Fault.ResetWithin)
        {
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(body);
    }
}
