using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Engine.Hosting;

/// <summary>Changes beside the run of executions: retries, updates, deletions.</summary>
internal sealed partial class InProcessClient
{
    public Task<Execution> TryCreateAsync(Execution execution, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<CreateOutcome>> CreateManyAsync(
        IReadOnlyList<Execution> executions, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task RetryAsync(ExecutionKey key, ChildPolicy? childPolicy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SkipAsync(
        ExecutionKey key, JsonPayload result = default, string? reason = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Execution> ResubmitAsync(ExecutionKey key, string? name = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Execution> UpdateAsync(
        ExecutionKey key, Func<Execution, Execution> change, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Execution> DeleteAsync(
        ExecutionKey key, DeleteRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
