using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task RegisterSiloAsync(SiloRegistration silo, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(silo);
        return GuardAsync(async () =>
        {
            NpgsqlBatch batch = _queries.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                Add(Sql.LockSiloName).AddValue(silo.Name, NpgsqlDbType.Text);
                Add(Sql.ForgetSilos)
                    .AddSilo(silo.Id).AddValue(silo.Name, NpgsqlDbType.Text).AddValue(StoreArguments.SiloMemory, NpgsqlDbType.Interval);
                Add(Sql.RegisterSilo)
                    .AddSilo(silo.Id)
                    .AddValue(silo.Name, NpgsqlDbType.Text)
                    .AddValue(silo.Lease, NpgsqlDbType.Interval)
                    .AddValue(silo.WorkerGroup, NpgsqlDbType.Text)
                    .AddValue(silo.Version, NpgsqlDbType.Text)
                    .AddValue(silo.Capacity, NpgsqlDbType.Integer);
                Add(Sql.DeleteSiloFunctions).AddSilo(silo.Id);
                Add(Sql.InsertSiloFunctions)
                    .AddSilo(silo.Id)
                    .AddTexts(silo.Functions.Select(function => function.Name))
                    .AddValue(silo.Functions.Select(function => function.Definition.Utf8.ToArray()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea);
                return await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);

                NpgsqlParameterCollection Add(string sql)
                {
                    var command = new NpgsqlBatchCommand(sql);
                    batch.BatchCommands.Add(command);
                    return command.Parameters;
                }
            }
        });
    }

    /// <inheritdoc/>
    public async Task<LeaseRenewal> RenewLeaseAsync(SiloId silo, TimeSpan lease, SiloLoad load, CancellationToken cancellationToken)
    {
        IReadOnlyList<bool> wasValid = await QueryAsync(
            Sql.RenewLease,
            p => AddLoad(p.AddSilo(silo).AddValue(lease, NpgsqlDbType.Interval), load),
            static r => r.GetBoolean(0),
            cancellationToken).ConfigureAwait(false);
        return wasValid switch
        {
            [] => LeaseRenewal.Gone,
            [true, ..] => LeaseRenewal.Renewed,
            _ => LeaseRenewal.Lapsed,
        };
    }

    /// <inheritdoc/>
    public Task ReportLoadAsync(SiloId silo, SiloLoad load, CancellationToken cancellationToken) =>
        ExecuteAsync(Sql.ReportLoad, p => AddLoad(p.AddSilo(silo), load), cancellationToken);

    /// <inheritdoc/>
    public Task UnregisterSiloAsync(SiloId silo, CancellationToken cancellationToken) => DeclareDeadAsync(silo, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    public async Task<TimeSpan> DeclareDeadAsync(SiloId silo, TimeSpan delay, CancellationToken cancellationToken) =>
        (await QueryAsync(
            Sql.UnregisterSilo,
            p => p.AddSilo(silo).AddValue(delay, NpgsqlDbType.Interval),
            static r => r.GetTimeSpan(0),
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<IReadOnlyList<SiloRow>> ReadSilosAsync(bool onlyAlive, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadSilos,
            p => p.AddValue(onlyAlive, NpgsqlDbType.Boolean).AddValue(limit, NpgsqlDbType.Integer),
            static r => new SiloRow
            {
                Id = new SiloId(r.GetGuid(0)),
                Name = r.GetString(1),
                WorkerGroup = r.GetString(2),
                Version = r.GetString(3),
                Capacity = r.GetInt32(4),
                Load = new SiloLoad(r.GetInt32(5), r.GetInt32(6), r.GetInt32(7)),
                StartedAt = RowReader.ReadTime(r, 8),
                RenewedAt = RowReader.ReadTime(r, 9),
                LeaseUntil = RowReader.ReadTime(r, 10),
                IsAlive = r.GetBoolean(11),
                HasStopped = r.GetBoolean(12),
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunctionRow>> ReadFunctionsAsync(int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return QueryAsync(
            Sql.ReadFunctions,
            p => p.AddValue(limit, NpgsqlDbType.Integer),
            static r => new FunctionRow(
                r.GetString(0), r.GetString(1), new JsonPayload(r.GetFieldValue<byte[]>(2)), RowReader.ReadTime(r, 3), r.GetBoolean(4)),
            cancellationToken);
    }

    private static void AddLoad(NpgsqlParameterCollection parameters, SiloLoad load) => parameters
        .AddValue(load.Executing, NpgsqlDbType.Integer).AddValue(load.Resident, NpgsqlDbType.Integer).AddValue(load.Steps, NpgsqlDbType.Integer);
}
