using Kontinue.Engine.Storage;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Gives back the permits of executions that end. Runs after the update of their rows, which locks them.</summary>
internal sealed class DeletePermits : SetStatement
{
    private readonly List<string> _semaphores;
    private readonly List<Guid> _uids;

    public DeletePermits()
        : base(Sql.DeletePermits)
    {
        _semaphores = Text();
        _uids = Uuid();
    }

    public void Add(ExecutionRow row)
    {
        foreach (string semaphore in row.Semaphores)
        {
            _semaphores.Add(semaphore);
            _uids.Add(row.Uid);
        }
    }
}
