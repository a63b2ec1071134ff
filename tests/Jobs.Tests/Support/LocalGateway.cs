using Microsoft.Extensions.Logging.Abstractions;

namespace Kontinue.Jobs.Tests.Support;

/// <summary>Makes local runners over one state directory, whose times are short.</summary>
internal sealed class LocalGateway(string state)
{
    public ShiftedTime Time { get; } = new();

    public LocalJobsOptions Options { get; } = new()
    {
        StateDirectory = state, SweepInterval = TimeSpan.FromMilliseconds(200), PollInterval = TimeSpan.FromMilliseconds(20),
        RetryBackoff = TimeSpan.FromMilliseconds(50), StopGrace = TimeSpan.FromMilliseconds(300),
    };

    public LocalProcessRunner Connect(string silo) => new(Options, silo, Time, NullLogger<LocalProcessRunner>.Instance);

    public static JobSpec Shell(string script) => new() { Image = "unused", Command = ["sh", "-c"], Args = [script] };
}
