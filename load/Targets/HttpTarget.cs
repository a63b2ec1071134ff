using System.Diagnostics;
using Kontinue.Client;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>A server in a process of its own, reached over the HTTP API: one that was named, or one that is started for this run.</summary>
internal sealed class HttpTarget : Target
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly Process? _server;

    private HttpTarget(HttpClient http, Process? server)
    {
        _http = http;
        _server = server;
        Client = new KontinueHttpClient(http);
    }

    public override IKontinueClient Client { get; }

    public override int? ProcessId => _server?.Id;

    public static async Task<HttpTarget> OpenAsync(LoadOptions options, StoreSession session, CancellationToken cancellationToken)
    {
        if (options.Server is { } named)
        {
            return new HttpTarget(KontinueHttp.Create(named), server: null);
        }

        Process server = Start(options.Store, session.Connection);
        try
        {
            string line = await ReadLineAsync(server, cancellationToken);
            return new HttpTarget(KontinueHttp.Create(new Uri(line)), server);
        }
        catch
        {
            server.Kill(entireProcessTree: true);
            server.Dispose();
            throw;
        }
    }

    /// <summary>The end of its input tells the server to stop, also when this process dies.</summary>
    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(StopTime, TimeProvider.System);
        try
        {
            _server.StandardInput.Close();
            await _server.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _server.Kill(entireProcessTree: true);
            await Console.Error.WriteLineAsync($"The server did not stop within {StopTime.TotalSeconds:F0} s and was killed.");
        }
        finally
        {
            _server.Dispose();
        }
    }

    private static Process Start(string store, string? connection)
    {
        string program = Environment.ProcessPath!;
        bool isHosted = Path.GetFileNameWithoutExtension(program) is "dotnet";
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        string[] arguments =
        [
            .. isHosted ? new[] { typeof(HttpTarget).Assembly.Location } : [],
            "serve", "--store", store, .. connection is null ? [] : new[] { "--connection", connection },
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new TargetUnusableException($"The server '{program}' could not be started.");
    }

    private static async Task<string> ReadLineAsync(Process server, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        both.CancelAfter(StartTime);
        try
        {
            return await server.StandardOutput.ReadLineAsync(both.Token)
                ?? throw new TargetUnusableException("The server ended before it listened. What it said is above.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TargetUnusableException($"The server did not listen within {StartTime.TotalSeconds:F0} s.");
        }
    }
}
