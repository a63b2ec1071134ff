using System.CommandLine;
using Kontinue.Chaos;
using Kontinue.Chaos.Silos;
using Kontinue.Silo.Chaos;

if (args is [SiloSettings.Command, ..])
{
    return await GrainSiloProgram.RunAsync(args);
}

// After Ctrl-C there are processes to be ended and a server to be removed.
return await new ChaosCommand().Build(static (options, cancellationToken) => ChaosProgram.RunAsync(options, new GrainSiloHost(), cancellationToken)).Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
