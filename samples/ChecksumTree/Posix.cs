using System.Runtime.InteropServices;
using System.Text;

namespace Kontinue.Samples.Checksums;

/// <summary>What .NET does not offer: appending with O_APPEND, syncing a folder, telling a regular file from a pipe.</summary>
internal static class Posix
{
    private const int WriteOnly = 0x1;
    private const int Create = 0x40;
    private const int AppendOnly = 0x400;
    private const int CloseOnExec = 0x80000;
    private const int Mode0644 = 0x1A4;
    private const int NoSuchEntry = 2;
    private const int AccessDenied = 13;
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeOnly = 1;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Appends bytes with one write(2) on a descriptor opened with O_APPEND, creating the file if need be.</summary>
    public static void Append(string path, byte[] bytes)
    {
        int file = Open(Utf8(path), WriteOnly | Create | AppendOnly | CloseOnExec, Mode0644);
        if (file < 0)
        {
            throw Error("open", path);
        }

        try
        {
            if (Write(file, bytes, bytes.Length) != bytes.Length)
            {
                throw Error("write", path);
            }
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Brings a folder's entries to the disk: a rename is durable only then.</summary>
    public static void SyncFolder(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int folder = Open(Utf8(path), CloseOnExec, 0);
        if (folder < 0)
        {
            throw Error("open", path);
        }

        try
        {
            if (Sync(folder) != 0)
            {
                throw Error("fsync", path);
            }
        }
        finally
        {
            _ = Close(folder);
        }
    }

    /// <summary>Whether a path is a regular file: reading a pipe would wait for its writer forever.</summary>
    public static bool IsRegularFile(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        byte[] status = new byte[256];
        return Status(CurrentFolder, Utf8(path), NoFollow, TypeOnly, status) == 0 && (BitConverter.ToUInt16(status, ModeOffset) & TypeMask) == Regular;
    }

    private static byte[] Utf8(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private static Exception Error(string call, string path)
    {
        int code = Marshal.GetLastPInvokeError();
        string message = $"{call} '{path}': {Marshal.GetPInvokeErrorMessage(code)}";
        return code switch
        {
            NoSuchEntry => new FileNotFoundException(message),
            AccessDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Open(byte[] path, int flags, int mode);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Write(int file, byte[] bytes, nint count);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int file);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Status(int folder, byte[] path, int flags, uint mask, byte[] status);
}
