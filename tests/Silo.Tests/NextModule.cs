using System.Reflection;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Tests;

/// <summary>A function that makes a call which only silos of the next version know, and these have the interface with it.</summary>
public sealed class NextModule : IKontinueModule
{
    private static readonly TaskCompletionSource<IServiceProvider> Services = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Configure(KontinueBuilder builder)
    {
        builder.Services.AddSingleton<IHostedService>(static services => new Keeper(services));
        builder.AddFunction("ask-next", static (KontinueContext ktx, Question question) => ktx.Step("ask", token => AskAsync(question.Of, token)));
    }

    private static async Task<string> AskAsync(string name, CancellationToken cancellationToken)
    {
        IExecutionGrain grain = (await Services.Task).GetRequiredService<IGrainFactory>().GetExecution(new ExecutionKey(ExecutionKey.DefaultNamespace, name));
        MethodInfo call = typeof(IExecutionGrain).GetMethod("AskNextAsync") ?? throw new NonRetryableException("This silo is none of the next version.");
        return await (Task<string>)call.Invoke(grain, ["next", cancellationToken])!;
    }

    /// <param name="Of">The execution that is asked.</param>
    internal sealed record Question(string Of);

    private sealed class Keeper : IHostedService
    {
        public Keeper(IServiceProvider services) => Services.TrySetResult(services);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
