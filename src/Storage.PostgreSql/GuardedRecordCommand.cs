using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

/// <summary>
/// The commit of one journal record and nothing else: what an execution that runs alone waits for from step to step. One statement that is its
/// own transaction, with plain values in place of arrays.
/// </summary>
internal sealed class GuardedRecordCommand
{
    private readonly NpgsqlCommand _command = new(Sql.InsertGuardedRecord);
    private readonly NpgsqlParameter<string> _namespace = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _name = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<Guid> _uid = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<long> _epoch = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<long> _revision = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<long> _sequence = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _data = new() { NpgsqlDbType = NpgsqlDbType.Bytea };

    public GuardedRecordCommand()
    {
        // In the order of the statement's parameters.
        NpgsqlParameter[] parameters = [_namespace, _name, _uid, _epoch, _revision, _sequence, _data];
        _command.Parameters.AddRange(parameters);
    }

    /// <summary>Takes the only unit of a batch, if it is of this form.</summary>
    public bool TryTake(IReadOnlyList<CommitUnit> batch)
    {
        if (batch is not [{ Rows: [{ IsGuard: true } guard], Journal: [var record], Messages.Count: 0, Consumed.Count: 0 }])
        {
            return false;
        }

        _namespace.TypedValue = guard.Row.Key.Namespace;
        _name.TypedValue = guard.Row.Key.Name;
        _uid.TypedValue = record.Uid;
        _epoch.TypedValue = guard.Row.Epoch;
        _revision.TypedValue = guard.Row.Revision;
        _sequence.TypedValue = record.Sequence;
        _data.TypedValue = record.Data;
        return true;
    }

    /// <summary>Commits it. False: something was in the way, and nothing was written.</summary>
    public async Task<bool> ExecuteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        _command.Connection = connection;
        int added = await _command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        _data.TypedValue = default;
        return added == 1;
    }
}
