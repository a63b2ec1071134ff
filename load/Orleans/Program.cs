using Kontinue.Load;
using Kontinue.Load.Orleans;
using Kontinue.Load.Targets;

if (args is [OrleansSilo.Command, ..])
{
    return await OrleansSilo.RunAsync(args);
}

OtherTarget.All.Add(new OtherTarget(
    "orleans", "--silos silos of Orleans, each a process of its own, called by the grain client through their gateways.", OrleansTarget.StartAsync));
return await LoadProgram.RunAsync(args);
