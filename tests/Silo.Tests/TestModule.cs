using Kontinue.Engine.Hosting;

namespace Kontinue.Silo.Tests;

/// <summary>A module as a user would write one.</summary>
public sealed class TestModule : IKontinueModule
{
    public void Configure(KontinueBuilder builder) => builder.AddFunction("from-module", static (KontinueContext _) => Task.FromResult(42));
}
