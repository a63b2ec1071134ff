using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Archives;

/// <summary>Thrown when something of a tree runs that is being archived: somebody has retried it.</summary>
internal sealed class TreeRunsException(ExecutionRow running) : Exception($"Execution {running.Key} runs again.")
{
    public ExecutionRow Running { get; } = running;
}

/// <summary>Writes a tree as <see cref="ArchiveFormat"/> says. No more is held than a page of rows, a page of a journal and a piece. Used once.</summary>
internal sealed class TreeWriter(TreeReader tree)
{
    private readonly MemoryStream _compressed = new();
    private long _entries;

    /// <summary>How many executions have been written.</summary>
    public int Executions { get; private set; }

    /// <summary>How many of those that have been written were created after the time given to <see cref="PiecesAsync"/>.</summary>
    public int Younger { get; private set; }

    /// <summary>The pieces; each is valid until the next one is asked for.</summary>
    /// <param name="root">The root.</param>
    /// <param name="since">From when on executions count as <see cref="Younger"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TreeRunsException">Something of it has not ended.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync(
        ExecutionRow root, DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (var gzip = new GZipStream(_compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            Write(gzip, new ArchiveFormat.Line { Format = ArchiveFormat.Current });
            await foreach (ExecutionRow row in tree.RowsAsync(root, cancellationToken).ConfigureAwait(false))
            {
                Write(gzip, row);
                Younger += row.CreatedAt > since ? 1 : 0;
                if (row.JournalSequence == 0)
                {
                    foreach (ReadOnlyMemory<byte> piece in TakeFull())
                    {
                        yield return piece;
                    }

                    continue;
                }

                await foreach (JournalRecord record in tree.JournalAsync(row.Uid, cancellationToken).ConfigureAwait(false))
                {
                    foreach (Entry entry in JournalCodec.Read(record))
                    {
                        Write(gzip, new ArchiveFormat.Line { Entry = ResourceMapper.ToResource(entry, record.Sequence) });
                        _entries++;
                    }

                    foreach (ReadOnlyMemory<byte> piece in TakeFull())
                    {
                        yield return piece;
                    }
                }
            }

            Write(gzip, new ArchiveFormat.Line { End = new ArchiveFormat.End(Executions, _entries) });
        }

        foreach (ReadOnlyMemory<byte> piece in Take())
        {
            yield return piece;
        }
    }

    private void Write(GZipStream gzip, ExecutionRow row)
    {
        if (!row.Phase.IsTerminal())
        {
            throw new TreeRunsException(row);
        }

        Write(gzip, new ArchiveFormat.Line { Execution = ResourceMapper.ToResource(row) });
        Executions++;
    }

    private static void Write(GZipStream gzip, ArchiveFormat.Line line)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(line, ArchiveJsonContext.Writing.Line);
        if (json.AsSpan().Contains((byte)'\n'))
        {
            // A payload may be spread over lines. Within strings, JSON has no line breaks.
            using JsonDocument document = JsonDocument.Parse(json);
            json = JsonSerializer.SerializeToUtf8Bytes(document.RootElement, ArchiveJsonContext.Writing.JsonElement);
        }

        gzip.Write(json);
        gzip.Write("\n"u8);
    }

    private IEnumerable<ReadOnlyMemory<byte>> TakeFull() => _compressed.Length < ArchiveFormat.PieceBytes ? [] : Take();

    private IEnumerable<ReadOnlyMemory<byte>> Take()
    {
        ReadOnlyMemory<byte> all = _compressed.GetBuffer().AsMemory(0, (int)_compressed.Length);
        for (; !all.IsEmpty; all = all[Math.Min(all.Length, StoreArguments.MaxArchivePiece)..])
        {
            yield return all[..Math.Min(all.Length, StoreArguments.MaxArchivePiece)];
        }

        _compressed.SetLength(0);
    }
}
