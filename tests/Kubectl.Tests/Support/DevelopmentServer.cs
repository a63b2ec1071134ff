using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Kontinue.Kubectl.Tests.Support;

/// <summary>A development server in a process of its own, and a shell whose kubectl talks to it. Shared by the tests of a class.</summary>
public sealed partial class DevelopmentServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("kontinue-kubectl-").FullName;
    private Process? _server;

    /// <summary>Why kubectl cannot be tested here; null when it can.</summary>
    private static readonly Lazy<string?> Obstacle = new(FindObstacle);

    internal Shell Shell => new(_home);

    /// <summary>Where the server listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Skips a test where there is no kubectl, or one that is too old to validate with OpenAPI v3.</summary>
    public static void Require() => Skip.If(Obstacle.Value is not null, Obstacle.Value);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (string argument in new[]
        {
            Path.Combine(AppContext.BaseDirectory, "kontinue.dll"), "dev", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(_home, "data"),
        })
        {
            start.ArgumentList.Add(argument);
        }

        _server = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        var errors = new List<string>();
        _server.ErrorDataReceived += (_, e) =>
        {
            lock (errors)
            {
                errors.Add(e.Data ?? "");
            }
        };
        _server.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (Url.Length == 0)
        {
            string? line = await _server.StandardOutput.ReadLineAsync(patience.Token)
                ?? throw new InvalidOperationException($"The server ended before it listened: {string.Join('\n', errors)}");
            Url = Address().Match(line).Value;
        }

        _ = _server.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(_home, "kubeconfig"), $"""
            apiVersion: v1
            kind: Config
            clusters: [{"{"}name: kontinue, cluster: {"{"}server: "{Url}"{"}"}{"}"}]
            users: [{"{"}name: me, user: {"{}"}{"}"}]
            contexts: [{"{"}name: kontinue, context: {"{"}cluster: kontinue, user: me, namespace: default{"}"}{"}"}]
            current-context: kontinue
            """);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill(entireProcessTree: true);
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        Directory.Delete(_home, recursive: true);
    }

    private static string? FindObstacle()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client", "-o", "json"])
            {
                UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Match minor = Minor().Match(text);
            return !minor.Success ? $"kubectl does not say its version: {text}"
                : int.Parse(minor.Groups[1].Value) < 28 ? $"kubectl 1.{minor.Groups[1].Value} is too old; 1.28 or later is needed."
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "There is no kubectl.";
        }
    }

    [GeneratedRegex("http://127\\.0\\.0\\.1:[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();

    [GeneratedRegex("\"minor\": \"([0-9]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Minor();
}
