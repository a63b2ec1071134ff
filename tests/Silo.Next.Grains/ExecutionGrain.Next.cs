namespace Kontinue.Grains.Executions;

/// <summary>What silos of the next version have more.</summary>
internal sealed partial class ExecutionGrain
{
    public Task<string> AskNextAsync(string question, CancellationToken cancellationToken) =>
        Task.FromResult($"{question}: {this.GetPrimaryKeyString()} at {silo.Id}");
}
