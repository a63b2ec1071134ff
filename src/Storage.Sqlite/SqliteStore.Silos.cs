using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task RegisterSiloAsync(SiloRegistration silo, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(silo);
        return _writer.TransactAsync(
            database =>
            {
                DateTimeOffset now = _time.GetUtcNow();
                Guid id = silo.Id.Value;
                database.Prepare(Sql.ForgetSilos).Bind(1, id).Bind(2, silo.Name).BindTime(3, now - StoreArguments.SiloMemory).Execute();
                database.Prepare(Sql.ForgetSiloFunctions).Bind(1, id).Execute();
                foreach (FunctionRegistration function in silo.Functions)
                {
                    database.Prepare(Sql.InsertSiloFunction).Bind(1, id).Bind(2, function.Name).Bind(3, function.Definition.Utf8.Span).Execute();
                }

                return database.Prepare(Sql.RegisterSilo)
                    .Bind(1, id)
                    .Bind(2, silo.Name)
                    .BindTime(3, now + silo.Lease)
                    .Bind(4, silo.WorkerGroup)
                    .Bind(5, silo.Version)
                    .Bind(6, silo.Capacity)
                    .BindTime(7, now)
                    .Execute();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<LeaseRenewal> RenewLeaseAsync(SiloId silo, TimeSpan lease, SiloLoad load, CancellationToken cancellationToken) =>
        _writer.TransactAsync(
            database =>
            {
                DateTimeOffset now = _time.GetUtcNow();
                List<bool> wasValid = database.Prepare(Sql.ReadLease).Bind(1, silo.Value).BindTime(2, now).Query(static row => row.Integer(0) != 0);
                BindLoad(database.Prepare(Sql.RenewLease).Bind(1, silo.Value).BindTime(2, now).BindTime(3, now + lease), 4, load).Execute();
                return wasValid switch
                {
                    [] => LeaseRenewal.Gone,
                    [true, ..] => LeaseRenewal.Renewed,
                    _ => LeaseRenewal.Lapsed,
                };
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task ReportLoadAsync(SiloId silo, SiloLoad load, CancellationToken cancellationToken) => _writer.TransactAsync(
        database => BindLoad(database.Prepare(Sql.ReportLoad).Bind(1, silo.Value), 2, load).Execute(), cancellationToken);

    /// <inheritdoc/>
    public Task UnregisterSiloAsync(SiloId silo, CancellationToken cancellationToken) => DeclareDeadAsync(silo, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    public Task<TimeSpan> DeclareDeadAsync(SiloId silo, TimeSpan delay, CancellationToken cancellationToken) => _writer.TransactAsync(
        database => database.Prepare(Sql.UnregisterSilo).Bind(1, silo.Value).BindTime(2, _time.GetUtcNow()).BindSpan(3, delay)
            .Query(static row => TimeSpan.FromMicroseconds(row.Integer(0))).FirstOrDefault(),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SiloRow>> ReadSilosAsync(bool onlyAlive, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<SiloRow>>(
            database => database.Prepare(Sql.ReadSilos).Bind(1, onlyAlive ? 1 : 0).Bind(2, limit).BindTime(3, _time.GetUtcNow()).Query(static row => new SiloRow
            {
                Id = new SiloId(row.Uuid(0)),
                Name = row.Text(1),
                WorkerGroup = row.Text(2),
                Version = row.Text(3),
                Capacity = (int)row.Integer(4),
                Load = new SiloLoad((int)row.Integer(5), (int)row.Integer(6), (int)row.Integer(7)),
                StartedAt = StoreTime.FromMicroseconds(row.Integer(8)),
                RenewedAt = StoreTime.FromMicroseconds(row.Integer(9)),
                LeaseUntil = StoreTime.FromMicroseconds(row.Integer(10)),
                IsAlive = row.Integer(11) != 0,
                HasStopped = row.Integer(12) != 0,
            }),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunctionRow>> ReadFunctionsAsync(int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        return _readers.ReadAsync<IReadOnlyList<FunctionRow>>(
            database => database.Prepare(Sql.ReadFunctions).Bind(1, limit).BindTime(2, _time.GetUtcNow()).Query(static row => new FunctionRow(
                row.Text(0), row.Text(1), new JsonPayload(row.Bytes(2)), StoreTime.FromMicroseconds(row.Integer(3)), row.Integer(4) != 0)),
            cancellationToken);
    }

    private static Statement BindLoad(Statement statement, int position, SiloLoad load) =>
        statement.Bind(position, load.Executing).Bind(position + 1, load.Resident).Bind(position + 2, load.Steps);
}
