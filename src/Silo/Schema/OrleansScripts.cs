using System.Reflection;

namespace Kontinue.Silo.Schema;

/// <summary>The <c>.sql</c> files beside this code.</summary>
internal static class OrleansScripts
{
    private const string Prefix = "Kontinue.Silo.Schema.";
    private const string QueryPrefix = Prefix + "Queries/";
    private const string Extension = ".sql";

    private static readonly Assembly Owner = typeof(OrleansScripts).Assembly;

    public static readonly string ClaimCluster = Read(Prefix + "claim_cluster.sql");
    public static readonly string ReadCluster = Read(Prefix + "read_cluster.sql");
    public static readonly string ReadState = Read(Prefix + "read_state.sql");

    /// <summary>What brings the tables from each version to the next, in order. They only go forward; one that has landed stays as it is.</summary>
    public static IReadOnlyList<(int Version, string Text)> Migrations { get; } = [(1, Read(Prefix + "0001_orleans.sql"))];

    /// <summary>The statements of Orleans' providers, by the keys under which these look for them.</summary>
    public static IReadOnlyDictionary<string, string> Queries { get; } = Owner.GetManifestResourceNames()
        .Where(name => name.StartsWith(QueryPrefix, StringComparison.Ordinal))
        .ToDictionary(name => name[QueryPrefix.Length..^Extension.Length], Read, StringComparer.Ordinal);

    private static string Read(string resource)
    {
        using Stream stream = Owner.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"The resource {resource} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Trim();
    }
}
