namespace Kontinue.Crash.Host;

/// <summary>How a host process is started: <c>store connection log grace-seconds silo</c>.</summary>
/// <param name="Store">sqlite or postgres.</param>
/// <param name="Connection">The SQLite file, or the connection string.</param>
/// <param name="StepLog">The file to which each step body appends a line.</param>
/// <param name="ShutdownGrace">How long a stop waits for running steps.</param>
/// <param name="Silo">The silo's name.</param>
internal sealed record HostSettings(string Store, string Connection, string StepLog, TimeSpan ShutdownGrace, string Silo)
{
    public string[] ToArguments() => [Store, Connection, StepLog, ShutdownGrace.TotalSeconds.ToString(), Silo];

    public static HostSettings Parse(string[] args) => args is [var store, var connection, var log, var grace, var silo]
        ? new HostSettings(store, connection, log, TimeSpan.FromSeconds(double.Parse(grace)), silo)
        : throw new ArgumentException("Usage: store connection step-log grace-seconds silo-name");
}
