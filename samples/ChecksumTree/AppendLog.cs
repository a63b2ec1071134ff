using System.Text;

namespace Kontinue.Samples.Checksums;

/// <summary>Appends lines to a file that several processes write to.</summary>
internal static class AppendLog
{
    private static readonly Lock Gate = new();

    /// <summary>Appends a line with one write, so that lines never mix.</summary>
    /// <exception cref="NonRetryableException">The folder does not exist or may not be written.</exception>
    public static void Write(string path, string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + '\n');
        try
        {
            if (OperatingSystem.IsLinux())
            {
                Posix.Append(path, bytes);
                return;
            }

            lock (Gate)
            {
                using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                stream.Write(bytes);
            }
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            throw new NonRetryableException($"The folder of '{path}' does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new NonRetryableException($"'{path}' may not be written by this process.", e);
        }
    }
}
