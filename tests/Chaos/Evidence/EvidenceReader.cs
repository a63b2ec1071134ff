using Npgsql;

namespace Kontinue.Chaos.Evidence;

/// <summary>Looks into the database, with statements of its own.</summary>
internal sealed class EvidenceReader(string connectionString) : IAsyncDisposable
{
    // Without a pool: connections of before a restart would lie in it.
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");

    /// <summary>Lets the database write down what the tables go through.</summary>
    public async Task InstallAuditAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = _database.CreateCommand(Text("audit.sql"));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Says of each execution that has not ended how it stands.</summary>
    public Task<IReadOnlyList<string>> ReadUnfinishedAsync(CancellationToken cancellationToken) => ReadNamesAsync("unfinished.sql", cancellationToken);

    public Task<IReadOnlyList<string>> ReadDeadMessagesAsync(CancellationToken cancellationToken) =>
        ReadNamesAsync("dead_messages.sql", cancellationToken);

    public Task<IReadOnlyList<string>> ReadLiveSilosAsync(CancellationToken cancellationToken) => ReadNamesAsync("silos.sql", cancellationToken);

    /// <summary>Adds what the database knows.</summary>
    public async Task<ChaosEvidence> ReadAsync(ChaosEvidence evidence, CancellationToken cancellationToken) => evidence with
    {
        Executions = await ReadAsync(
            "rows.sql",
            row => JournalLines.ReadRow(
                row.GetGuid(0), row.GetString(1), row.GetString(2), (ExecutionPhase)row.GetInt16(3), Optional(row, 4), row.GetInt64(5),
                row.GetFieldValue<byte[]>(6)),
            cancellationToken),
        Journal =
        [
            .. (await ReadAsync(
                "journal.sql",
                row => JournalLines.Read(row.GetGuid(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<byte[]>(3)).ToArray(),
                cancellationToken)).SelectMany(entries => entries),
        ],
        Changes = await ReadAsync(
            "changes.sql",
            row => new RowChange(
                row.GetGuid(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), (ExecutionPhase)row.GetInt16(4), Optional(row, 5)),
            cancellationToken),
        Permits = await ReadAsync(
            "permit_changes.sql",
            row => new PermitChange(row.GetString(0), row.GetGuid(1), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3)),
            cancellationToken),
        HeldPermits = await ReadNamesAsync("permits.sql", cancellationToken),
        DeadMessages = await ReadDeadMessagesAsync(cancellationToken),
        LiveSilos = await ReadLiveSilosAsync(cancellationToken),
    };

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private Task<IReadOnlyList<string>> ReadNamesAsync(string statement, CancellationToken cancellationToken) =>
        ReadAsync(statement, row => row.GetString(0), cancellationToken);

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string statement, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        await using NpgsqlCommand command = _database.CreateCommand(Text(statement));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(read(reader));
        }

        return found;
    }

    private static Guid? Optional(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static string Text(string statement)
    {
        using var reader = new StreamReader(typeof(EvidenceReader).Assembly.GetManifestResourceStream(statement)!);
        return reader.ReadToEnd();
    }
}
