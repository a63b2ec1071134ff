using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Kontinue.Api.Discovery;

/// <summary>The server's version, in the form of Kubernetes' <c>/version</c>.</summary>
/// <remarks>
/// kubectl reads major and minor to know which conventions a server follows, and warns or chooses another kubectl when they are far from its own.
/// So they name the release of Kubernetes whose conventions this API was built and tested against; our own version follows the plus sign,
/// where semantic versioning puts what does not count for comparison.
/// </remarks>
internal static class ServerVersion
{
    /// <summary>The release of Kubernetes whose conventions are followed.</summary>
    private const string Conventions = "1.32";

    private static readonly string[] Informational =
        (typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);

    /// <summary>Our own version, such as 0.1.0.</summary>
    public static string Own => Informational[0];

    /// <summary>By the names that Kubernetes uses.</summary>
    private static string Processor => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    public static JsonObject Document()
    {
        string[] parts = Conventions.Split('.');
        return new JsonObject
        {
            ["major"] = parts[0],
            ["minor"] = parts[1],
            ["gitVersion"] = $"v{Conventions}.0+kontinue-{Own}",
            ["gitCommit"] = Informational.Length > 1 ? Informational[1] : "",
            ["gitTreeState"] = "",
            ["buildDate"] = "",
            ["goVersion"] = "",
            ["compiler"] = RuntimeInformation.FrameworkDescription,
            ["platform"] = $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{Processor}",
        };
    }
}
