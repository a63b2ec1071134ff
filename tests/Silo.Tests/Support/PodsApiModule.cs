using k8s;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting.Kubernetes;

namespace Kontinue.Silo.Tests.Support;

/// <summary>Has a silo ask the tests' API of pods, where it would ask that of its own cluster.</summary>
public sealed class PodsApiModule : IKontinueModule
{
    public const string Variable = "PODS_API";

    public void Configure(KontinueBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } url)
        {
            builder.Services.Configure<KubernetesHostingOptions>(o => o.GetClientConfiguration = () => new KubernetesClientConfiguration { Host = url });
        }
    }
}
