using Kontinue.Engine.Storage;

namespace Kontinue.Storage.Sqlite;

/// <summary>Keeps other processes away from a database, by a lock of the operating system on a file beside it, which ends with the process.</summary>
internal sealed class ProcessLock : IDisposable
{
    private readonly FileStream _file;

    private ProcessLock(FileStream file) => _file = file;

    /// <exception cref="StoreException">Another process has it, or the file cannot be made.</exception>
    public static ProcessLock Take(string databasePath)
    {
        string path = databasePath + ".lock";
        try
        {
            return new ProcessLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new StoreException(
                $"The database '{databasePath}' is in use by another process, which holds the lock on '{path}'. Stop that process, or use " +
                "another path. Hosts that shall share a database need PostgreSQL.",
                isTransient: false,
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"'{path}' cannot be written: {e.Message} Check the folder's permissions.", isTransient: false, e);
        }
    }

    // The file stays: deleting it could take a lock from under a process that has just opened it.
    public void Dispose() => _file.Dispose();
}
