namespace Kontinue.Silo.Settings;

/// <summary>How silos find each other.</summary>
public enum SiloClustering
{
    /// <summary>Not at all: one silo alone, reached from this machine only.</summary>
    Localhost = 0,

    /// <summary>By a table in the PostgreSQL database.</summary>
    AdoNet = 1,

    /// <summary>As <see cref="AdoNet"/>; and what Kubernetes says of pods counts too: a silo whose pod is deleted is declared dead at once.</summary>
    Kubernetes = 2,
}
