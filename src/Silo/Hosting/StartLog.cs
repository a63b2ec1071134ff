using Microsoft.Extensions.Logging;

namespace Kontinue.Silo.Hosting;

/// <summary>
/// What keeps a silo from starting is said in one line by <see cref="SiloRun"/>. So what Orleans and the host say of it, with stack traces, is kept back until the silo
/// has started; from then on it is for the operator.
/// </summary>
internal sealed class StartLog
{
    private static readonly string[] Categories =
    [
        "Microsoft.Extensions.Hosting.Internal.Host", "Orleans.Runtime.SiloLifecycleSubject", "Orleans.Runtime.Silo", "Orleans.Runtime.MembershipService.MembershipTableManager",
        // Calls that Orleans makes to itself, and that meet a silo that does not start.
        "Orleans.Grain.InvokeException",
    ];

    private volatile bool _hasStarted;

    public void Apply(ILoggingBuilder logging)
    {
        foreach (string category in Categories)
        {
            logging.AddFilter(category, level => _hasStarted && level >= LogLevel.Warning);
        }
    }

    public void Started() => _hasStarted = true;
}
