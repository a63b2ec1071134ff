using Kontinue.Load;
using Kontinue.Load.Orleans;
using Kontinue.Load.Targets;

OtherTarget.All.Add(new OtherTarget(
    "orleans", "--silos silos of Orleans in this process, called by the grain client through their gateways.", OrleansTarget.StartAsync));
return await LoadProgram.RunAsync(args);
