using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kontinue.Engine;

/// <summary>
/// Makes version 7 UUIDs (RFC 9562) that grow within this process, also within one millisecond: the messages of one sender are read in
/// the order in which they were sent, and index entries are added at the right-hand side.
/// </summary>
/// <remarks>The 12 bits after the time are a counter (RFC 9562, section 6.2, method 1); when it is full, the time is moved on.</remarks>
internal sealed class UidGenerator(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _milliseconds;
    private int _counter;

    public Guid Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[8..]);
        long milliseconds;
        int counter;
        lock (_gate)
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > _milliseconds)
            {
                _milliseconds = now;
                _counter = 0;
            }
            else if (++_counter > 0xFFF)
            {
                _milliseconds++;
                _counter = 0;
            }

            milliseconds = _milliseconds;
            counter = _counter;
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | counter));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
