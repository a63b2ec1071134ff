using System.CommandLine;
using Kontinue.Chaos;
using Kontinue.Chaos.Cluster;
using Kontinue.Chaos.Silos;

if (args is [SiloSettings.Command, ..])
{
    return await SiloProgram.RunAsync(SiloSettings.Parse(args));
}

// After Ctrl-C there are processes to be ended and a server to be removed.
return await new ChaosCommand().Build(static (options, cancellationToken) => ChaosProgram.RunAsync(options, new SiloHost(), cancellationToken)).Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
