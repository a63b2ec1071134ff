using System.Security.Cryptography;

namespace Kontinue.Samples.Checksums;

/// <summary>Hashes a file without reading it into memory.</summary>
internal static class FileHash
{
    /// <summary>The SHA-256 of a file's content, in lower-case hexadecimal digits.</summary>
    /// <exception cref="NonRetryableException">
    /// The file is gone or may not be read. A manifest that leaves out a file would look complete, so the whole run fails and says which.
    /// </exception>
    public static async Task<string> ComputeAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NonRetryableException($"'{path}' vanished before it was hashed.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new NonRetryableException($"'{path}' may not be read by this process.", e);
        }
    }
}
