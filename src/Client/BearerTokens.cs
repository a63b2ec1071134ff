using System.Net.Http.Headers;

namespace Kontinue.Client;

/// <summary>Gives the token to send. One in a file is read again now and then, because whoever put it there replaces it before it ends.</summary>
internal sealed class BearerTokens(KontinueClientOptions options, TimeProvider time)
{
    /// <summary>The largest token file: larger ones are something else by mistake.</summary>
    private const int MaxBytes = 64 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly string? _file = options.BearerTokenFile;
    private AuthenticationHeaderValue? _header = options.BearerToken is null ? null : new AuthenticationHeaderValue("Bearer", options.BearerToken);
    private long _readAt;
    private bool _isRead;

    public bool HasToken => _file is not null || _header is not null;

    /// <summary>Whether a text can be sent as a token.</summary>
    public static bool IsToken(string text) => text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    /// <summary>What to send; null: nothing.</summary>
    /// <exception cref="KontinueException">The file has never been readable.</exception>
    public AuthenticationHeaderValue? Current()
    {
        if (_file is null)
        {
            return _header;
        }

        lock (_gate)
        {
            if (!_isRead || time.GetElapsedTime(_readAt) >= Interval)
            {
                Read(_file);
            }

            return _header;
        }
    }

    /// <summary>Reads the file again. Says whether there is another token than the one that was refused.</summary>
    public bool Renew(AuthenticationHeaderValue? refused)
    {
        if (_file is null)
        {
            return false;
        }

        lock (_gate)
        {
            Read(_file);
            return _header is not null && !_header.Equals(refused);
        }
    }

    private void Read(string file)
    {
        // Counted also when it fails, so that a lost file is not looked for with every request.
        _readAt = time.GetTimestamp();
        _isRead = true;
        string problem;
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxBytes } info)
            {
                problem = $"has {info.Length:N0} bytes, more than a token has";
            }
            else
            {
                string token = File.ReadAllText(file).Trim();
                if (IsToken(token))
                {
                    _header = new AuthenticationHeaderValue("Bearer", token);
                    return;
                }

                problem = "has no token: visible ASCII characters without spaces";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {e.Message}";
        }

        // A file that is being replaced is no reason to stop: the token that was read before is good for a while.
        if (_header is null)
        {
            _isRead = false;
            throw new KontinueException(ErrorKind.Infrastructure, $"The token file '{file}' {problem}.", retryable: true);
        }
    }
}
