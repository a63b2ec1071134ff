using Kontinue.Samples.Checksums;
using Kontinue.Samples.Deployment;
using Kontinue.Samples.Small;
using Kontinue.Silo;

return await KontinueSilo.CreateBuilder(args)
    .UseSamples(k =>
    {
        SmallFunctions.Register(k);
        ChecksumTree.Register(k);
        DeployCluster.Register(k);
    })
    .RunAsync().ConfigureAwait(false);
