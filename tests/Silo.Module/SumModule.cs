using Kontinue.Engine.Hosting;
using Kontinue.Silo.Modules.Library;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Silo.Modules;

/// <summary>A module with a dependency of its own; told to by the environment, it fails.</summary>
public sealed class SumModule : IKontinueModule
{
    private const string Variable = "SUM_MODULE_FAILS_IN";

    /// <summary>As a silo makes it.</summary>
    public SumModule() => FailIn("constructor");

    /// <inheritdoc/>
    public void Configure(KontinueBuilder builder)
    {
        FailIn("configure");
        builder.Services.AddHostedService<Background>();
        builder.AddFunction("sum", static (KontinueContext ktx, Pair of) => ktx.Step("sum", () => Sums.Of(of.A, of.B)));
    }

    private static void FailIn(string place)
    {
        if (string.Equals(Environment.GetEnvironmentVariable(Variable), place, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"It was told to fail in its {place}.");
        }
    }

    private sealed class Background(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource();
            await using CancellationTokenRegistration waiting = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            FailIn("background");
        }
    }

    private sealed record Pair(int A, int B);
}
