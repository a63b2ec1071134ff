using Kontinue.Grains.Jobs;
using Kontinue.Jobs;

namespace Kontinue.Silo.Settings;

/// <summary>How a silo runs jobs and pods: section <c>Kontinue:Jobs</c>. All silos of a cluster should have the same.</summary>
public sealed class SiloJobsOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Kontinue:Jobs";

    /// <summary>What runs jobs. Default <see cref="SiloJobRunner.None"/>: functions that ask for one fail, unless the silo's program sets a gateway of its own.</summary>
    public SiloJobRunner Runner { get; set; }

    /// <summary>Settings of <see cref="SiloJobRunner.Local"/>. <c>StateDirectory</c> is by default <c>kontinue-jobs/</c> and the silo's name.</summary>
    public LocalJobsOptions Local { get; } = new();

    /// <summary>Settings of the record of who runs which job.</summary>
    public JobGatewayOptions Gateway { get; } = new();
}

/// <summary>What runs the jobs of a cluster.</summary>
public enum SiloJobRunner
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Each silo runs some as processes of its machine, for development.</summary>
    Local = 1,
}
