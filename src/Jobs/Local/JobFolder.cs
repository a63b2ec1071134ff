using System.Globalization;
using System.Text.Json;
using Kontinue.Engine.Jobs;

namespace Kontinue.Jobs.Local;

/// <summary>Why a job was ended before it had ended by itself.</summary>
internal sealed record JobVerdict(JobOutcome Outcome, string Reason);

/// <summary>
/// What is on record of a job: a folder, readable by the owner of the process only, for the environment of a job may hold secrets. What is written is on the disk when the
/// call returns.
/// </summary>
internal sealed class JobFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string RequestFile = "request.json";
    private const string ResultFile = "result.json";
    private const string VerdictFile = "verdict.json";
    private const string StartedFile = "started";
    private const string ReportedFile = "reported";

    private JobFolder(string path) => Location = path;

    private string Location { get; }

    /// <summary>The number of the last try; 0: none has begun.</summary>
    public int LastTry => Directory.EnumerateDirectories(Location, "try-*")
        .Select(path => int.Parse(Path.GetFileName(path).AsSpan(4), CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();

    public bool HasResult => File.Exists(PathOf(ResultFile));

    public bool IsReported => File.Exists(PathOf(ReportedFile));

    /// <summary>Puts a job on record.</summary>
    public static JobFolder Create(string root, JobRequest request)
    {
        var folder = new JobFolder(Path.Combine(root, request.Id.ToString()));
        CreatePrivate(folder.Location);
        folder.Write(RequestFile, request);
        Posix.SyncFolder(root);
        return folder;
    }

    /// <summary>Finds what is on record.</summary>
    public static IEnumerable<(JobFolder Folder, JobRequest Request)> FindAll(string root, Action<string, Exception> unreadable)
    {
        foreach (string path in Directory.EnumerateDirectories(root).Where(path => Guid.TryParseExact(Path.GetFileName(path), "N", out _)))
        {
            var folder = new JobFolder(path);
            JobRequest request;
            try
            {
                if (!File.Exists(folder.PathOf(RequestFile)))
                {
                    // Nobody was told that it was accepted, so it will be asked for again.
                    folder.Delete();
                    continue;
                }

                request = folder.Read<JobRequest>(RequestFile)!;
            }
            catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
            {
                unreadable(path, e);
                continue;
            }

            yield return (folder, request);
        }
    }

    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Private);
        }
    }

    /// <summary>The folder of a try, made when it is missing.</summary>
    public string Try(int number)
    {
        string path = PathOf($"try-{number.ToString(CultureInfo.InvariantCulture)}");
        if (!Directory.Exists(path))
        {
            CreatePrivate(path);
            Posix.SyncFolder(Location);
        }

        return path;
    }

    public DateTimeOffset? ReadStarted() => Read<DateTimeOffset?>(StartedFile);

    public void WriteStarted(DateTimeOffset at) => Write<DateTimeOffset?>(StartedFile, at);

    public JobVerdict? ReadVerdict() => Read<JobVerdict>(VerdictFile);

    public void WriteVerdict(JobVerdict verdict) => Write(VerdictFile, verdict);

    public JobResult ReadResult() => Read<JobResult>(ResultFile)!;

    public void WriteResult(JobResult result) => Write(ResultFile, result);

    public void WriteReported() => Write(ReportedFile, value: true);

    public void Delete() => Directory.Delete(Location, recursive: true);

    private string PathOf(string file) => Path.Combine(Location, file);

    private T? Read<T>(string file) =>
        File.Exists(PathOf(file)) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(PathOf(file)), KontinueJson.Options) : default;

    private void Write<T>(string file, T value)
    {
        string next = PathOf(file + ".new");
        using (FileStream stream = File.Create(next))
        {
            JsonSerializer.Serialize(stream, value, KontinueJson.Options);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, PathOf(file), overwrite: true);
        Posix.SyncFolder(Location);
    }
}
