using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Kontinue.Engine.Jobs;

namespace Kontinue.Jobs.Local;

/// <summary>How a try ended.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number if one ended it; null: nobody can tell.</param>
/// <param name="Message">What is wrong, when there is no exit code.</param>
internal sealed record TryEnd(int? ExitCode, string? Message = null);

/// <summary>
/// One try of a job: a process of a session of its own, which a shell script waits for and whose exit code it leaves in a file. Host and try know each other by
/// that folder only, so it does not matter whether the host that began it still is.
/// </summary>
internal sealed class JobTry(string folder, JobRequest request, LocalJobsOptions options, TimeProvider time)
{
    /// <summary>How long the script may take from its claim to the file with the processes' numbers.</summary>
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(30);

    private const int MaxStarts = 5;
    private const int IdentityFields = 5;

    private static readonly string Script = ReadScript();
    private static readonly string BootId = OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    /// <summary>Begins the try if nobody has, and waits for its end.</summary>
    public async Task<TryEnd> RunAsync(CancellationToken cancellationToken)
    {
        int starts = 0;
        long? claimedAt = null;
        while (true)
        {
            bool hasExit = File.Exists(PathOf("exit"));
            if (hasExit)
            {
                return ReadExit();
            }

            if (ReadProcesses() is { } processes)
            {
                if (!processes.IsAlive && !File.Exists(PathOf("exit")))
                {
                    return new TryEnd(null, "its processes are gone and left no exit code, as after a restart of the machine or a SIGKILL");
                }
            }
            else if (!Directory.Exists(PathOf("claim")))
            {
                if (starts++ == MaxStarts)
                {
                    return new TryEnd(null, $"its process could not be begun; is there room in '{folder}'?");
                }

                using Process wrapper = Start();
                await wrapper.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            else
            {
                claimedAt ??= time.GetTimestamp();
                if (time.GetElapsedTime(claimedAt.Value) > ClaimPatience)
                {
                    return new TryEnd(null, "the host or the machine ended while it was being begun");
                }
            }

            await Task.Delay(options.PollInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Signals the job's processes, if they run.</summary>
    public void Signal(int signal)
    {
        if (ReadProcesses() is { BootId: { } boot, Job: { } job } && string.Equals(boot, BootId, StringComparison.Ordinal))
        {
            Posix.SignalGroup(job, signal);
        }
    }

    /// <summary>When it ended, by the machine's clock; null: that is not on record.</summary>
    public DateTimeOffset? EndedAt => File.Exists(PathOf("exit")) ? new DateTimeOffset(File.GetLastWriteTimeUtc(PathOf("exit"))) : null;

    /// <summary>The last lines of its output.</summary>
    public IReadOnlyList<string> ReadLog()
    {
        string log = PathOf("log");
        if (!File.Exists(log) || options.MaxLogLines == 0)
        {
            return [];
        }

        string text = Encoding.UTF8.GetString(File.ReadAllBytes(log)).TrimEnd('\n');
        string[] lines = text.Length == 0 ? [] : text.Split('\n');
        return [.. lines.TakeLast(options.MaxLogLines).Select(Clean)];
    }

    // Neither terminals nor databases like them.
    private static string Clean(string line) => new([.. line.TrimEnd('\r').Select(c => char.IsControl(c) && c != '\t' ? '\uFFFD' : c)]);

    private static string ReadScript()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("wrapper.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <exception cref="Win32Exception">There is no setsid, or the folder to work in is not there.</exception>
    private Process Start()
    {
        var start = new ProcessStartInfo("setsid")
        {
            UseShellExecute = false,

            // So that it does not hold the host's own streams open.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = request.Spec.WorkingDirectory ?? Environment.CurrentDirectory,
        };
        IEnumerable<string> arguments =
        [
            "sh", "-c", Script, "kontinue-job", folder, options.MaxLogBytes.ToString(CultureInfo.InvariantCulture),
            Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin", .. request.Spec.Command, .. request.Spec.Args,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (string name in options.InheritedEnvironment)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        foreach ((string name, string value) in request.Spec.Env)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private TryEnd ReadExit() =>
        int.TryParse(File.ReadAllText(PathOf("exit")).AsSpan().Trim(), CultureInfo.InvariantCulture, out int code)
            ? new TryEnd(code)
            : new TryEnd(null, "its exit code was not written whole, as after a loss of power");

    private Processes? ReadProcesses()
    {
        string path = PathOf("pids");
        if (!File.Exists(path))
        {
            return null;
        }

        string[] fields = File.ReadAllText(path).Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == IdentityFields
            ? new Processes(fields[0], Identity(fields[1], fields[2]), Identity(fields[3], fields[4]))
            : new Processes(BootId: null, Wrapper: default, Job: null);
    }

    private static ProcessIdentity Identity(string id, string born) =>
        new(int.Parse(id, CultureInfo.InvariantCulture), long.Parse(born, CultureInfo.InvariantCulture));

    private string PathOf(string file) => Path.Combine(folder, file);

    private sealed record Processes(string? BootId, ProcessIdentity Wrapper, ProcessIdentity? Job)
    {
        /// <summary>Whether somebody is left that may leave an exit code, or works.</summary>
        public bool IsAlive =>
            string.Equals(BootId, JobTry.BootId, StringComparison.Ordinal) && (Wrapper.IsAlive || (Job is { } job && job.IsAlive));
    }
}
