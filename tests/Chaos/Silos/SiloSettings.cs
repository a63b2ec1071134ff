namespace Kontinue.Chaos.Silos;

/// <summary>How a silo process is started: <c>silo name connection log lease-ms</c>.</summary>
/// <param name="Name">The silo's name.</param>
/// <param name="Connection">The connection string of its way to the database.</param>
/// <param name="BodyLog">The file to which each step body adds a line.</param>
/// <param name="Lease">Its lease.</param>
internal sealed record SiloSettings(string Name, string Connection, string BodyLog, TimeSpan Lease)
{
    public const string Command = "silo";

    public string[] ToArguments() => [Command, Name, Connection, BodyLog, Lease.TotalMilliseconds.ToString()];

    public static SiloSettings Parse(string[] args) => args is [Command, var name, var connection, var log, var lease]
        ? new SiloSettings(name, connection, log, TimeSpan.FromMilliseconds(double.Parse(lease)))
        : throw new ArgumentException($"Usage: {Command} name connection body-log lease-ms");
}
