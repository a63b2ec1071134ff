namespace Kontinue.Silo.Settings;

/// <summary>
/// Refuses arguments that configuration would pass over: a word by itself, and a name without a value. Whoever writes one means something by it, and would get a silo that lacks
/// it, in a cluster that may be another one.
/// </summary>
internal static class CommandLineCheck
{
    /// <exception cref="SiloStartException">There is one.</exception>
    public static void Check(IReadOnlyList<string> args)
    {
        for (int i = 0; i < args.Count; i++)
        {
            // As .NET's configuration reads them: name=value, --name value, and the same with a slash.
            if (args[i].Contains('=', StringComparison.Ordinal))
            {
                continue;
            }

            bool hasValue = (args[i].StartsWith("--", StringComparison.Ordinal) || args[i].StartsWith('/')) && i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            if (!hasValue)
            {
                throw new SiloStartException(
                    $"'{args[i]}' is no setting with a value. Settings are written --Kontinue:Silo:ClusterId=x, or Kontinue__Silo__ClusterId=x as an environment variable; docs/configuration.md has all of them.");
            }

            i++;
        }
    }
}
