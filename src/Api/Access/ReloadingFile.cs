using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Kontinue.Api.Access;

/// <summary>What some files say, read again when they change. Whoever asks looks, at most every two seconds; nothing runs in between.</summary>
/// <remarks>
/// Contents are compared and not times: mounted Kubernetes secrets are links whose own times never change, and a file may be written twice
/// within one tick of its clock.
/// </remarks>
/// <typeparam name="T">What the files say.</typeparam>
internal sealed class ReloadingFile<T>
    where T : class
{
    private const int MaxBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly string[] _paths;
    private readonly Func<byte[][], T> _parse;
    private readonly string _what;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _interval;
    private long _nextCheck;
    private byte[] _seen = [];
    private string? _problem;
    private volatile T _current;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="InvalidOperationException">They cannot be read or used; the message names them.</exception>
    public ReloadingFile(string what, string[] paths, Func<byte[][], T> parse, TimeProvider time, ILogger logger)
    {
        (_what, _paths, _parse, _time, _logger) = (what, paths, parse, time, logger);
        _interval = (long)(CheckInterval.TotalSeconds * time.TimestampFrequency);
        try
        {
            byte[][] contents = ReadAll();
            _current = parse(contents);
            _seen = Fingerprint(contents);
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw new InvalidOperationException($"{Describe()} cannot be used: {e.Message.TrimEnd('.')}.", e);
        }

        _nextCheck = time.GetTimestamp() + _interval;
    }

    /// <summary>What the files say, or what they said before they were broken.</summary>
    public T Current
    {
        get
        {
            long now = _time.GetTimestamp();
            long next = Volatile.Read(ref _nextCheck);
            if (now >= next && Interlocked.CompareExchange(ref _nextCheck, now + _interval, next) == next)
            {
                Check();
            }

            return _current;
        }
    }

    private void Check()
    {
        try
        {
            byte[][] contents = ReadAll();
            byte[] fingerprint = Fingerprint(contents);
            if (fingerprint.AsSpan().SequenceEqual(_seen))
            {
                return;
            }

            _seen = fingerprint;
            _current = _parse(contents);
            _problem = null;
            _logger.FileReloaded(Describe());
        }
        catch (Exception e) when (IsExpected(e))
        {
            // What cannot even be read fails at each check; once is enough to say so.
            if (!string.Equals(_problem, e.Message, StringComparison.Ordinal))
            {
                _problem = e.Message;
                _logger.FileBroken(Describe(), e.Message.TrimEnd('.'));
            }
        }
    }

    private byte[][] ReadAll() => [.. _paths.Select(ReadOne)];

    private static byte[] ReadOne(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > MaxBytes)
        {
            throw new FormatException($"{path} has {file.Length:N0} bytes; at most {MaxBytes:N0} are read");
        }

        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] Fingerprint(byte[][] contents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] content in contents)
        {
            hash.AppendData(BitConverter.GetBytes(content.Length));
            hash.AppendData(content);
        }

        return hash.GetHashAndReset();
    }

    private static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or FormatException or CryptographicException or ArgumentException or NotSupportedException;

    private string Describe() => $"{_what} {string.Join(" and ", _paths)}";
}
