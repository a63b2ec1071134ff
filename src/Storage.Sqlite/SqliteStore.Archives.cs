#pragma warning disable CS1591, MA0025
using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public Task<IReadOnlyList<DueRow>> FindArchivableAsync(DateTimeOffset now, DueRow? after, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
    public Task<bool> WriteArchiveAsync(ArchiveRow archive, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, Func<ArchiveRow> complete, CancellationToken cancellationToken) => throw new NotImplementedException();
    public Task<IReadOnlyList<ArchiveRow>> FindArchivesAsync(ExecutionKey key, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
    public Task<IReadOnlyList<ArchiveRow>> ListArchivesAsync(string? @namespace, (ExecutionKey Key, Guid Uid)? after, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadArchiveAsync(Guid uid, CancellationToken cancellationToken) => throw new NotImplementedException();
    public Task<int> DeleteArchivesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
    public Task<bool> DeleteArchiveAsync(Guid uid, CancellationToken cancellationToken) => throw new NotImplementedException();
}
