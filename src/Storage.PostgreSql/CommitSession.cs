using System.Data;
using Kontinue.Engine.Storage;
using Npgsql;

namespace Kontinue.Storage.PostgreSql;

/// <summary>A connection that only commits, one batch at a time.</summary>
/// <remarks>
/// The usual batch is one round trip: its statements run in the implicit transaction of a pipeline and hold for the case that nothing
/// is in the way, which they check themselves. When something is, all is rolled back and the batch runs again with care: rows locked,
/// each unit judged, and what may be written is written.
/// </remarks>
internal sealed class CommitSession(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    // Each further round means that another process created a name of this batch between look and write.
    private const int MaxCarefulRounds = 10;

    private NpgsqlConnection? _connection;
    private CommitStatements _statements = new();
    private GuardedRecordCommand _record = new();

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var outcomes = new CommitOutcome[batch.Count];
        try
        {
            if (_record.TryTake(batch))
            {
                return await _record.ExecuteAsync(connection, cancellationToken).ConfigureAwait(false)
                    ? outcomes
                    : await CommitCarefullyAsync(connection, batch, cancellationToken).ConfigureAwait(false);
            }

            _statements.Add(batch);
            await ExecuteAsync(connection, outcomes, cancellationToken).ConfigureAwait(false);
            return outcomes;
        }
        catch (PostgresException e) when (Failures.IsRefusal(e))
        {
            return await CommitCarefullyAsync(connection, batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _statements.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<CommitOutcome[]> CommitCarefullyAsync(
        NpgsqlConnection connection, IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            try
            {
                NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    CommitOutcome[] outcomes = await JudgeAsync(connection, batch, cancellationToken).ConfigureAwait(false);
                    await ExecuteAsync(connection, outcomes, cancellationToken).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                    return outcomes;
                }
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation && string.Equals(e.TableName, "journal", StringComparison.Ordinal))
            {
                throw new StoreException(
                    $"A journal record is stored already; a unit must add the next one. {e.Detail}", isTransient: false, e);
            }
            catch (PostgresException e) when (Failures.IsRefusal(e) && round < MaxCarefulRounds)
            {
            }
            catch (PostgresException e) when (Failures.IsRefusal(e))
            {
                throw new StoreException($"Other writers were in the way {round} times: {e.MessageText}", isTransient: true, e);
            }
        }
    }

    /// <summary>Locks the rows, judges every unit and fills the statements with what remains to be written.</summary>
    private async Task<CommitOutcome[]> JudgeAsync(
        NpgsqlConnection connection, IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        _statements.Clear();
        Dictionary<ExecutionKey, RowState> rows = await LockAsync(connection, batch, cancellationToken).ConfigureAwait(false);
        var outcomes = new CommitOutcome[batch.Count];
        for (int i = 0; i < batch.Count; i++)
        {
            CommitUnit unit = batch[i];
            RowDecision[] decisions = CommitRules.JudgeRows(unit, key => rows.TryGetValue(key, out RowState row) ? row : null);
            (outcomes[i], bool mustWrite) = CommitRules.Judge(unit, decisions);
            if (!mustWrite)
            {
                continue;
            }

            _statements.Add(unit, i, decisions);
            foreach (RowWrite write in unit.Rows.Where((_, position) => decisions[position] == RowDecision.Write))
            {
                // A later unit of this batch may want the same name.
                rows[write.Row.Key] = new RowState(write.Row.Uid, write.Row.Epoch, write.Row.Revision, write.Row.JournalSequence);
            }
        }

        return outcomes;
    }

    private static async Task<Dictionary<ExecutionKey, RowState>> LockAsync(
        NpgsqlConnection connection, IReadOnlyList<CommitUnit> batch, CancellationToken cancellationToken)
    {
        ExecutionKey[] keys = [.. batch.SelectMany(unit => unit.Rows).Select(write => write.Row.Key).Distinct()];
        Dictionary<ExecutionKey, RowState> rows = new(keys.Length);
        var command = new NpgsqlCommand(Sql.LockRows, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddKeys(keys);
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows[RowReader.ReadKey(reader)] = new RowState(
                        reader.GetGuid(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
                }
            }
        }

        return rows;
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, CommitOutcome[] outcomes, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (SetStatement statement in _statements.Filled)
            {
                batch.BatchCommands.Add(statement.ToCommand());
            }

            if (batch.BatchCommands.Count == 0)
            {
                return;
            }

            if (_statements.Targeted.Count == 0)
            {
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await ReadOutcomesAsync(reader, outcomes, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadOutcomesAsync(NpgsqlDataReader reader, CommitOutcome[] outcomes, CancellationToken cancellationToken)
    {
        do
        {
            // The check of updated rows answers with one column, the targeted messages with two.
            while (reader.FieldCount == 2 && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                outcomes[_statements.Targeted.Units[reader.GetInt32(0)]] = (CommitOutcome)reader.GetInt32(1);
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is { FullState: ConnectionState.Open })
        {
            return _connection;
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
            _connection = null;

            // Commands remember how the lost connection had prepared them.
            _statements = new CommitStatements();
            _record = new GuardedRecordCommand();
        }

        return _connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }
}
