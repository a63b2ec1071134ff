using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kontinue.Jobs.Local;

/// <summary>A process, told apart from others that had or will have its number.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Born">When it began, in clock ticks since the machine's start.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessIdentity(int Id, long Born)
{
    /// <summary>Whether it still runs.</summary>
    public bool IsAlive
    {
        get
        {
            string text;
            try
            {
                text = File.ReadAllText($"/proc/{Id}/stat");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }

            // The name, in parentheses, may have spaces of its own. A zombie has ended, whether or not anybody has noticed.
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is not ("Z" or "X") && long.Parse(fields[19], CultureInfo.InvariantCulture) == Born;
        }
    }
}

/// <summary>What .NET does not offer: signals to groups of processes, and syncing a folder.</summary>
internal static class Posix
{
    public const int Terminate = 15;
    public const int Kill = 9;
    private const int CloseOnExec = 0x80000;

    /// <summary>Signals a session's leader and its group. It may be gone already.</summary>
    public static void SignalGroup(ProcessIdentity leader, int signal)
    {
        if (leader.IsAlive && Signal(-leader.Id, signal) != 0)
        {
            // Just begun: it has no group of its own yet.
            _ = Signal(leader.Id, signal);
        }
    }

    /// <summary>Brings a folder's entries to the disk: a rename is durable only then.</summary>
    public static void SyncFolder(string path)
    {
        int folder = Open(Encoding.UTF8.GetBytes(path + '\0'), CloseOnExec, 0);
        if (folder < 0)
        {
            throw new IOException($"Folder '{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (Sync(folder) != 0)
            {
                throw new IOException($"Folder '{path}' cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Close(folder);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Signal(int process, int signal);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Open(byte[] path, int flags, int mode);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int file);
}
