using System.Text;
using System.Threading.Channels;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Client.Tests.Support;

/// <summary>The watches that arrive at a server, for a test to answer.</summary>
internal sealed class WatchPeers
{
    private readonly Channel<WatchPeer> _arrived = Channel.CreateUnbounded<WatchPeer>();

    public WatchPeers(FakeServer server) => server.OnWatch = async context =>
    {
        var peer = new WatchPeer(context);
        _arrived.Writer.TryWrite(peer);
        await peer.Done;
    };

    public Task<WatchPeer> NextAsync() => _arrived.Reader.ReadAsync().AsTask().Within("further watch at the server");
}

/// <summary>One watch, seen from the server.</summary>
internal sealed class WatchPeer
{
    private readonly HttpContext _context;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchPeer(HttpContext context)
    {
        _context = context;
        context.RequestAborted.Register(() => Left.TrySetResult());
    }

    public Task Done => _done.Task;

    /// <summary>Set when the client has gone.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? this[string parameter] => _context.Request.Query.TryGetValue(parameter, out var value) ? value.ToString() : null;

    public static string Added(string name, string version) => Line("ADDED", name, version);

    public static string Line(string type, string name, string version, string? labels = null) =>
        $$$$$"""{"type":"{{{{{type}}}}}","object":{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"{{{{{name}}}}}","namespace":"default","resourceVersion":"{{{{{version}}}}}"{{{{{labels}}}}}},"spec":{"function":"hello"},"status":{"phase":"Pending","attempts":0,"resumptions":0}}}""" + "\n";

    public static string Bookmark(string version, bool isInitialEnd = false) =>
        $$$$$"""{"type":"BOOKMARK","object":{"kind":"Execution","metadata":{"resourceVersion":"{{{{{version}}}}}"{{{{{(isInitialEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "")}}}}}}}}""" + "\n";

    public static string Error(int code, string reason, int? retryAfter = null) => $$"""{"type":"ERROR","object":""" + FakeApi.Json(
        new ErrorStatus { Code = code, Reason = reason, Message = $"Said with {reason}.", Details = new StatusDetails { RetryAfterSeconds = retryAfter } },
        KontinueJsonContext.Writing.ErrorStatus) + "}\n";

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _context.Response.Body.WriteAsync(bytes);
        await _context.Response.Body.FlushAsync();
    }

    /// <summary>Sends the headers alone.</summary>
    public Task OpenAsync() => _context.Response.StartAsync();

    public async Task AnswerAsync(Answer answer)
    {
        _context.Response.StatusCode = answer.Code;
        _context.Response.Headers.RetryAfter = answer.RetryAfter;
        await _context.Response.WriteAsync(answer.Body);
        End();
    }

    /// <summary>Ends the answer in order.</summary>
    public void End() => _done.TrySetResult();

    /// <summary>Breaks the connection.</summary>
    public void Reset()
    {
        _context.Abort();
        _done.TrySetResult();
    }
}
