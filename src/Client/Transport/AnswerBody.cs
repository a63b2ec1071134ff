using System.Buffers;

namespace Kontinue.Client.Transport;

/// <summary>The bytes of an answer, in an array of the pool until they are disposed.</summary>
internal readonly struct AnswerBody : IDisposable
{
    private const int UnknownLength = 4096;

    private readonly byte[] _array;
    private readonly int _length;

    private AnswerBody(byte[] array, int length)
    {
        _array = array;
        _length = length;
    }

    public ReadOnlySpan<byte> Bytes => _array.AsSpan(0, _length);

    /// <summary>Reads an answer to its end.</summary>
    /// <exception cref="KontinueException">It is longer than <paramref name="max"/>.</exception>
    public static async ValueTask<AnswerBody> ReadAsync(HttpContent content, int max, CancellationToken cancellationToken)
    {
        long? known = content.Headers.ContentLength;
        if (known > max)
        {
            throw TooLarge(max);
        }

        byte[] array = ArrayPool<byte>.Shared.Rent((int)(known ?? UnknownLength) + 1);
        int length = 0;
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                int read;
                while ((read = await stream.ReadAsync(array.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
                {
                    length += read;
                    if (length > max)
                    {
                        throw TooLarge(max);
                    }

                    if (length == array.Length)
                    {
                        Grow(ref array, length);
                    }
                }
            }

            return new AnswerBody(array, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array);
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);

    private static void Grow(ref byte[] array, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(length * 2);
        array.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        array = larger;
    }

    private static KontinueException TooLarge(int max) => new(
        ErrorKind.Validation,
        $"The server's answer is larger than {max:N0} bytes. Ask for a smaller page, or raise {nameof(KontinueClientOptions.MaxAnswerBytes)}.",
        retryable: false);
}
