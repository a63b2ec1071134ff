using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Kontinue.Silo.Settings;

/// <summary>Refuses settings that cannot work, at start-up, and names all of them.</summary>
internal sealed partial class KontinueSiloOptionsValidator : IValidateOptions<KontinueSiloOptions>
{
    private const string Example = "Write one such as 'Host=localhost;Database=kontinue;Username=...'.";

    public ValidateOptionsResult Validate(string? name, KontinueSiloOptions options)
    {
        const string section = KontinueSiloOptions.Section;
        List<string> failures = [];
        Check(Enum.IsDefined(options.Clustering), $"{section}:Clustering has no value {options.Clustering}; write Localhost, AdoNet or Kubernetes.");
        Check(Id().IsMatch(options.ClusterId), $"{section}:ClusterId must have 1 to 100 letters, digits, '-', '_' or '.', not '{options.ClusterId}'.");
        Check(Id().IsMatch(options.ServiceId), $"{section}:ServiceId must have 1 to 100 letters, digits, '-', '_' or '.', not '{options.ServiceId}'.");
        Check(IsPort(options.SiloPort, 1), $"{section}:SiloPort must be from 1 to 65535, not {options.SiloPort}.");
        Check(IsPort(options.GatewayPort, 0), $"{section}:GatewayPort must be from 0 to 65535, not {options.GatewayPort}.");
        Check(IsPort(options.ApiPort, 0), $"{section}:ApiPort must be from 0 to 65535, not {options.ApiPort}.");
        Check(IsPort(options.TlsPort, 0), $"{section}:TlsPort must be from 0 to 65535, not {options.TlsPort}.");
        Check(IsPort(options.HealthPort, 1), $"{section}:HealthPort must be from 1 to 65535, not {options.HealthPort}.");
        IEnumerable<int> twice = new[] { options.SiloPort, options.GatewayPort, options.ApiPort, options.TlsPort, options.HealthPort }
            .Where(port => port != 0).GroupBy(port => port).Where(group => group.Count() > 1).Select(group => group.Key);
        failures.AddRange(twice.Select(port => $"{section}: port {port} is given more than once; SiloPort, GatewayPort, ApiPort, TlsPort and HealthPort must differ."));
        Check(
            options.ListenAddress is "*" || IPAddress.TryParse(options.ListenAddress, out _),
            $"{section}:ListenAddress must be an IP address or '*', not '{options.ListenAddress}'.");
        Check(
            options.AdvertisedAddress is null || (IPAddress.TryParse(options.AdvertisedAddress, out IPAddress? ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any)),
            $"{section}:AdvertisedAddress must be an IP address that others can reach, not '{options.AdvertisedAddress}'.");
        Check(!options.Functions.Any(string.IsNullOrWhiteSpace), $"{section}:Functions has an empty path.");
        Check(
            options.OtlpEndpoint is null || (Uri.TryCreate(options.OtlpEndpoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"),
            $"{section}:OtlpEndpoint must be an address such as http://localhost:4317, not '{options.OtlpEndpoint}'.");
        if (Connection(options.ConnectionString) is { } problem)
        {
            failures.Add(problem);
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(bool holds, string failure)
        {
            if (!holds)
            {
                failures.Add(failure);
            }
        }
    }

    /// <summary>What it has is not repeated: it may be a password.</summary>
    private static string? Connection(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return $"There is no database: set the environment variable {KontinueSiloOptions.PostgresVariable}. {Example}";
        }

        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 } ? null
                : $"{KontinueSiloOptions.PostgresVariable} (or {KontinueSiloOptions.Section}:ConnectionString) names no host. {Example}";
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return $"{KontinueSiloOptions.PostgresVariable} (or {KontinueSiloOptions.Section}:ConnectionString) is not a connection string. {Example}";
        }
    }

    private static bool IsPort(int port, int least) => port >= least && port <= IPEndPoint.MaxPort;

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,100}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
