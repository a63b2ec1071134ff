namespace Kontinue.Silo;

/// <summary>A process that hosts executions as grains of an Orleans cluster, with the HTTP API and health endpoints. Where an image of one's own begins.</summary>
/// <example>
/// <code>
/// return await KontinueSilo.CreateBuilder(args)
///     .Configure(k => k.AddFunction&lt;DeployArguments, DeployResult&gt;("deploy-cluster", Deploy.RunAsync))
///     .RunAsync();
/// </code>
/// </example>
public static class KontinueSilo
{
    /// <summary>
    /// Begins a silo. Its settings come from <c>appsettings.json</c>, environment variables (<c>Kontinue__Silo__ClusterId</c>) and the command line
    /// (<c>--Kontinue:Silo:ClusterId=x</c>), the later ones before the earlier ones. Nothing is checked yet.
    /// </summary>
    public static KontinueSiloBuilder CreateBuilder(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new KontinueSiloBuilder(args);
    }
}
