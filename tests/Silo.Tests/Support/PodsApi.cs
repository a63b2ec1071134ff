using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kontinue.Testing.PostgreSql;

namespace Kontinue.Silo.Tests.Support;

/// <summary>As much of a Kubernetes API server as silos ask in their pods: the pods of one namespace, read, listed and watched.</summary>
internal sealed class PodsApi : IAsyncDisposable
{
    public const string Namespace = "silos";

    private const string Pods = $"/api/v1/namespaces/{Namespace}/pods";

    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, JsonObject> _pods = new();
    private readonly ConcurrentDictionary<HttpListenerResponse, bool> _watches = new();
    private readonly ConcurrentDictionary<string, bool> _verbs = new();
    private readonly Task _answering;

    public PodsApi(params string[] pods)
    {
        Url = $"http://127.0.0.1:{FreePorts.Take()}";
        foreach (string name in pods)
        {
            _pods[name] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name, ["namespace"] = Namespace, ["resourceVersion"] = "1",
                    ["labels"] = new JsonObject { ["orleans/clusterId"] = "kontinue", ["orleans/serviceId"] = "kontinue" },
                },
                ["status"] = new JsonObject { ["phase"] = "Running" },
            };
        }

        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _answering = Task.Run(AnswerAllAsync);
    }

    public string Url { get; }

    /// <summary>What was asked for, as in a role.</summary>
    public IEnumerable<string> Verbs => _verbs.Keys.Order(StringComparer.Ordinal);

    /// <summary>Deletes a pod, and tells all who watch.</summary>
    public void Delete(string name)
    {
        Assert(_pods.TryRemove(name, out JsonObject? pod));
        byte[] line = Encoding.UTF8.GetBytes(new JsonObject { ["type"] = "DELETED", ["object"] = pod }.ToJsonString() + "\n");
        foreach (HttpListenerResponse watch in _watches.Keys)
        {
            try
            {
                watch.OutputStream.Write(line);
                watch.OutputStream.Flush();
            }
            catch (HttpListenerException)
            {
                // Whoever watched is gone.
                _watches.TryRemove(watch, out _);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering;
    }

    private static void Assert(bool holds) => Xunit.Assert.True(holds);

    private async Task AnswerAllAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The listener has ended, or the caller has.
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        HttpListenerRequest request = context.Request;
        string path = request.Url!.AbsolutePath;
        string? one = path.StartsWith($"{Pods}/", StringComparison.Ordinal) ? path[(Pods.Length + 1)..] : null;
        bool watches = request.QueryString["watch"] == "true";
        string verb = request.HttpMethod != "GET" ? request.HttpMethod : one is not null ? "get" : watches ? "watch" : "list";
        _verbs[path == Pods || one is not null ? verb : $"{verb} {path}"] = true;
        context.Response.ContentType = "application/json";
        if (watches)
        {
            context.Response.SendChunked = true;
            context.Response.OutputStream.Flush();
            _watches[context.Response] = true;
            return;
        }

        JsonObject? pod = null;
        bool isKnown = path == Pods || (one is not null && _pods.TryGetValue(one, out pod));
        context.Response.StatusCode = isKnown ? 200 : 404;
        JsonObject answer = pod ?? new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = isKnown ? "PodList" : "Status",
            ["metadata"] = new JsonObject { ["resourceVersion"] = "1" },
            ["items"] = new JsonArray([.. _pods.Values.Select(p => p.DeepClone())]),
        };
        context.Response.Close(Encoding.UTF8.GetBytes(answer.ToJsonString()), willBlock: true);
    }
}
