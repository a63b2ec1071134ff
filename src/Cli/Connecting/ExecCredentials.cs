using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.Cli.Connecting;

/// <summary>
/// Runs a program that logs in, by the contract of client.authentication.k8s.io: it is told of the call in <c>KUBERNETES_EXEC_INFO</c> and
/// prints an ExecCredential.
/// </summary>
internal sealed class ExecCredentials(ExecPlugin plugin, ServerConnection connection, bool mayAsk)
{
    private const string Group = "client.authentication.k8s.io/";
    private const int MaxOutput = 1024 * 1024;

    /// <summary>Somebody may have to find a browser and a second factor.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <exception cref="ConnectionException">It cannot be run, fails, or prints something else.</exception>
    public async Task<Credential> RunAsync(CancellationToken cancellationToken)
    {
        if (plugin.ApiVersion is not (Group + "v1" or Group + "v1beta1"))
        {
            throw new ConnectionException($"The credential plugin {plugin.Command} speaks '{plugin.ApiVersion}'. Known are {Group}v1 and {Group}v1beta1.");
        }

        bool interactive = mayAsk && plugin.InteractiveMode is not "Never";
        if (plugin.InteractiveMode is "Always" && !interactive)
        {
            throw new ConnectionException($"The credential plugin {plugin.Command} wants to ask on a terminal, and standard input is none.");
        }

        string output = await OutputAsync(interactive, cancellationToken);
        try
        {
            return Read(JsonNode.Parse(output)?["status"] as JsonObject ?? throw Bad("it has no status"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Bad(e.Message);
        }
    }

    private static string? Text(JsonObject from, string name) => from[name]?.GetValue<string>() is { Length: > 0 } text ? text : null;

    private async Task<string> OutputAsync(bool interactive, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments)
        {
            RedirectStandardOutput = true, RedirectStandardInput = !interactive, UseShellExecute = false,
        };
        foreach ((string name, string value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = Info(interactive);
        using Process process = Start(start);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            if (!interactive)
            {
                process.StandardInput.Close();
            }

            char[] buffer = new char[MaxOutput];
            int length = await process.StandardOutput.ReadBlockAsync(buffer, deadline.Token);
            if (length == buffer.Length)
            {
                throw Bad("it is too long");
            }

            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0
                ? new string(buffer, 0, length)
                : throw new ConnectionException($"The credential plugin {plugin.Command} failed with exit code {process.ExitCode}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionException($"The credential plugin {plugin.Command} did not end within {Duration.Format(Patience)}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            throw new ConnectionException($"The credential plugin '{plugin.Command}' cannot be run: {e.Message}. {plugin.InstallHint}".TrimEnd(), e);
        }
    }

    private string Info(bool interactive)
    {
        var spec = new JsonObject { ["interactive"] = interactive };
        if (plugin.ProvideClusterInfo)
        {
            var cluster = new JsonObject { ["server"] = connection.Server.AbsoluteUri, ["insecure-skip-tls-verify"] = connection.InsecureSkipTlsVerify };
            if (connection.TlsServerName is { } name)
            {
                cluster["tls-server-name"] = name;
            }

            if (connection.CertificateAuthority is { } authority)
            {
                cluster["certificate-authority-data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(authority.Read()));
            }

            spec["cluster"] = cluster;
        }

        return new JsonObject { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
    }

    private Credential Read(JsonObject status)
    {
        string? token = Text(status, "token");
        string? certificate = Text(status, "clientCertificateData");
        string? key = Text(status, "clientKeyData");
        if (certificate is null != key is null || (token ?? certificate) is null)
        {
            throw Bad("its status has neither a token nor a client certificate with its key");
        }

        return new Credential(
            token is null ? null : "Bearer " + token,
            certificate is null ? null : Certificates.Client(certificate, key!),
            Text(status, "expirationTimestamp") is { } end ? DateTimeOffset.Parse(end, null, System.Globalization.DateTimeStyles.AssumeUniversal) : null);
    }

    private ConnectionException Bad(string why) => new($"What the credential plugin {plugin.Command} prints is no ExecCredential: {why}.");
}
