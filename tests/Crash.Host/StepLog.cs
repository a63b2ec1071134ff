using System.Runtime.InteropServices;
using System.Text;

namespace Kontinue.Crash.Host;

/// <summary>
/// A file to which each run of a step body adds a line, with one write to a descriptor opened for appending: what was written survives
/// the process, and lines never mix. The operating system need not crash, so nothing is synced.
/// </summary>
internal sealed class StepLog
{
    private const int WriteOnly = 0x1;
    private const int Create = 0x40;
    private const int AppendAlways = 0x400;
    private readonly int _file;

    public StepLog(string path)
    {
        _file = Open(path, WriteOnly | Create | AppendAlways, 0x1A4);
        if (_file < 0)
        {
            throw new IOException($"{path} cannot be opened for appending (errno {Marshal.GetLastPInvokeError()}).");
        }
    }

    /// <summary>Adds <c>execution step attempt time</c>; the time is in ticks.</summary>
    public void Add(KontinueContext ktx, string step) => Add(ktx.Execution.Name, step, ktx.Attempt);

    public void Add(string execution, string step, int attempt) =>
        Append($"{execution} {step} {attempt} {TimeProvider.System.GetUtcNow().Ticks}");

    /// <summary>Adds a line.</summary>
    public void Append(string text)
    {
        byte[] line = Encoding.UTF8.GetBytes(text + "\n");
        if (Write(_file, line, line.Length) != line.Length)
        {
            throw new IOException("The step log cannot be written.");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int file, byte[] bytes, nint count);
}
