using Kontinue.Engine.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Hosting.Conformance.Processes;

/// <summary>What a silo in a process of its own needs to stand under the rules: their functions, and somebody who answers how it is.</summary>
public sealed class RuleModule : IKontinueModule
{
    /// <summary>The environment variable that names the <see cref="LedgerServer"/>.</summary>
    public const string LedgerVariable = "KONTINUE_TEST_LEDGER";

    /// <inheritdoc/>
    public void Configure(KontinueBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string ledger = Environment.GetEnvironmentVariable(LedgerVariable) ?? throw new InvalidOperationException($"{LedgerVariable} does not name a ledger.");
        new RuleFunctions(new RemoteLedger(new Uri(ledger))).AddTo(builder);
        builder.Services.AddHostedService<StateReporter>();
    }
}
