using Kontinue.Engine.Hosting;

namespace Kontinue.Silo.Tests;

/// <summary>A function that has a shell script run as a job, and tells how that ended.</summary>
public sealed class JobModule : IKontinueModule
{
    public const string Function = "run-script";

    public void Configure(KontinueBuilder builder) => builder.AddFunction(Function, static async (KontinueContext ktx, Script script) =>
    {
        var spec = new JobSpec { Image = "unused", Command = ["sh", "-c", script.Text] };
        return (await ktx.RunJob("script", spec, new JobOptions { ThrowOnFailure = false })).Outcome.ToString();
    });
}

/// <summary>What to run.</summary>
public sealed record Script(string Text);
