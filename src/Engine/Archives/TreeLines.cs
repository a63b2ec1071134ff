using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Kontinue.Resources;

namespace Kontinue.Engine.Archives;

/// <summary>Reads what <see cref="TreeWriter"/> has written, line by line.</summary>
internal static class TreeLines
{
    /// <summary>Reads them; nothing when there are no pieces.</summary>
    /// <exception cref="KontinueException">It is damaged, or written by a newer version.</exception>
    public static async IAsyncEnumerable<ArchivedTreeLine> ReadAsync(
        Guid uid, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = new PieceStream(pieces.GetAsyncEnumerator(cancellationToken));
        await using (stream.ConfigureAwait(false))
        {
            var gzip = new GZipStream(stream, CompressionMode.Decompress);
            await using (gzip.ConfigureAwait(false))
            {
                IAsyncEnumerator<ArchiveFormat.Line?> lines = JsonSerializer.DeserializeAsyncEnumerable(
                    gzip, ResourceJson.Tolerant<ArchiveFormat.Line>(), topLevelValues: true, cancellationToken).GetAsyncEnumerator(cancellationToken);
                await using (lines.ConfigureAwait(false))
                {
                    var count = new Count(uid);
                    while (await NextAsync(uid, lines).ConfigureAwait(false) is { } line)
                    {
                        if (count.Add(line))
                        {
                            yield return new ArchivedTreeLine { Execution = line.Execution, Entry = line.Entry };
                        }
                    }

                    count.ThrowIfOpen();
                }
            }
        }
    }

    private static async ValueTask<ArchiveFormat.Line?> NextAsync(Guid uid, IAsyncEnumerator<ArchiveFormat.Line?> lines)
    {
        try
        {
            return await lines.MoveNextAsync().ConfigureAwait(false)
                ? lines.Current ?? throw new JsonException("A line is null.")
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw Damaged(uid, e.Message, e);
        }
    }

    private static KontinueException Damaged(Guid uid, string why, Exception? inner = null) =>
        new(ErrorKind.Internal, $"The archived execution {uid} cannot be read: {why}", retryable: false, inner: inner);

    /// <summary>Whether what is read is whole, stream by stream.</summary>
    private sealed class Count(Guid uid)
    {
        private bool _isOpen;
        private int _executions;
        private long _entries;

        /// <summary>Counts a line.</summary>
        /// <returns>Whether it is one to show.</returns>
        public bool Add(ArchiveFormat.Line line)
        {
            switch (line)
            {
                case { Format: { } format } when !_isOpen:
                    (_isOpen, _executions, _entries) = (format <= ArchiveFormat.Current, 0, 0);
                    return _isOpen ? false : throw Damaged(
                        uid, $"its form has the number {format}, and this version knows {ArchiveFormat.Current}. Read it with a newer version.");
                case { Execution: not null } when _isOpen:
                    _executions++;
                    return true;
                case { Entry: not null } when _isOpen && _executions > 0:
                    _entries++;
                    return true;
                case { End: { } end } when _isOpen && end == new ArchiveFormat.End(_executions, _entries):
                    _isOpen = false;
                    return false;
                case { Format: null, End: null } when _isOpen:
                    // Of a newer version, which says by its number that it may be passed over.
                    return false;
                default:
                    throw Damaged(uid, "its lines are not in order.");
            }
        }

        public void ThrowIfOpen()
        {
            if (_isOpen)
            {
                throw Damaged(uid, "its end is missing.");
            }
        }
    }

    /// <summary>The pieces as one stream.</summary>
    private sealed class PieceStream(IAsyncEnumerator<ReadOnlyMemory<byte>> pieces) : Stream
    {
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_rest.IsEmpty)
            {
                if (!await pieces.MoveNextAsync().ConfigureAwait(false))
                {
                    return 0;
                }

                _rest = pieces.Current;
            }

            int count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask DisposeAsync()
        {
            await pieces.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
