namespace Kontinue.Samples.Checksums;

/// <summary>Writes a file so that a reader, or a crash, sees the old one or the new one and nothing in between.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; when this returns, it is on the disk under its name.</summary>
    /// <exception cref="NonRetryableException">The folder does not exist or may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        // A name of its own for every try, since a canceled one may still be writing.
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream stream = File.Create(partial))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            Posix.SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new NonRetryableException($"The folder of '{path}' does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new NonRetryableException($"'{path}' may not be written by this process.", e);
        }
        finally
        {
            TryDelete(partial);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays behind; that is no reason to hide the failure that brought us here.
        }
    }
}
