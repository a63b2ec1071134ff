using System.Diagnostics;
using System.Globalization;
using Kontinue.Engine.Jobs;
using Kontinue.Jobs.Local;
using Kontinue.Jobs.Tests.Support;
using Xunit;

namespace Kontinue.Jobs.Tests.Local;

/// <summary>What jobs are as processes: their environment, their output, and what is left of them.</summary>
public sealed class LocalProcessTests : LocalRunnerTest
{
    [Fact]
    public async Task A_job_has_its_environment_and_its_folder_and_of_the_hosts_only_what_is_named()
    {
        Environment.SetEnvironmentVariable("KONTINUE_TEST_SECRET", "secret");
        JobSpec spec = Shell("echo $A; echo [$KONTINUE_TEST_SECRET]; pwd; echo $PATH; cat") with
        {
            Env = new Dictionary<string, string> { ["A"] = "b c", ["PATH"] = "/bin:/usr/bin:/nowhere" },
            WorkingDirectory = "/",
        };
        JobRequest job = await StartAsync(spec);

        Assert.Equal(["b c", "[]", "/", "/bin:/usr/bin:/nowhere"], (await Listener.EndOfAsync(job.Id)).LogLines);
    }

    [Fact]
    public async Task Of_much_output_the_last_lines_are_kept_and_the_disk_stays_empty()
    {
        Options.MaxLogLines = 3;
        JobRequest many = await StartAsync(Shell("i=0; while test $i -lt 20000; do echo line $i; i=$((i+1)); done"));
        JobRequest wide = await StartAsync(Shell("head -c 3000000 /dev/zero | tr '\\0' x; printf '\\na\\033b\\r\\n'"));

        Assert.Equal(["line 19997", "line 19998", "line 19999"], (await Listener.EndOfAsync(many.Id)).LogLines);
        IReadOnlyList<string> lines = (await Listener.EndOfAsync(wide.Id)).LogLines;
        Assert.Equal("a\uFFFDb", lines[^1]);
        Assert.True(lines.Sum(line => line.Length) <= Options.MaxLogBytes, "More was kept than is allowed.");
        Assert.All(Directory.GetFiles(State, "log", SearchOption.AllDirectories), log => Assert.True(new FileInfo(log).Length <= Options.MaxLogBytes, log));
    }

    [Fact]
    public async Task A_job_that_takes_no_notice_of_SIGTERM_is_killed_with_all_that_it_began()
    {
        JobRequest job = await StartAsync(Shell($"trap '' TERM; sh -c '{Mark("child")}; while :; do {Mark("alive")}; sleep 0.02; done' & {Mark("a")}; {Await("never")}"));
        await BegunAsync(job);
        await Eventually.Holds(() => MarksOf("child") == 1);
        await Gateway.StopAsync(job.Id, "enough", CancellationToken.None);
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal((JobOutcome.Stopped, 137), (end.Outcome, end.Containers[0].ExitCode));
        int[] group = [.. File.ReadAllText(Path.Combine(StateOf(job.Id), "try-1", "pids")).Split(' ').Skip(3).Take(1).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        await Eventually.Holds(() => !Process.GetProcesses().Any(process => GroupOf(process.Id) == group[0]));
    }

    [Fact]
    public async Task What_a_job_leaves_behind_ends_with_it()
    {
        JobRequest job = await StartAsync(Shell("sleep 1000 & echo $!"));
        string left = (await Listener.EndOfAsync(job.Id)).LogLines[0];

        await Eventually.Holds(() => GroupOf(int.Parse(left, CultureInfo.InvariantCulture)) == 0);
    }

    [Fact]
    public async Task A_job_whose_processes_were_all_killed_is_lost_and_not_run_again()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("never")}") with { BackoffLimit = 3 });
        await BegunAsync(job);
        await Gateway.DetachAsync(CancellationToken.None);
        string[] processes = File.ReadAllText(Path.Combine(StateOf(job.Id), "try-1", "pids")).Split(' ');
        using (var wrapper = Process.GetProcessById(int.Parse(processes[1], CultureInfo.InvariantCulture)))
        using (var program = Process.GetProcessById(int.Parse(processes[3], CultureInfo.InvariantCulture)))
        {
            wrapper.Kill();
            program.Kill();
        }

        await Reconnect();
        JobResult end = await Listener.EndOfAsync(job.Id);
        Assert.Equal((JobOutcome.Lost, 1), (end.Outcome, MarksOf("a")));
        Assert.Null(end.Containers[0].ExitCode);
    }

    [Fact]
    public async Task Processes_of_before_a_restart_of_the_machine_are_not_taken_for_those_of_now()
    {
        JobRequest job = await StartAsync(Shell($"{Mark("a")}; {Await("never")}"));
        await BegunAsync(job);
        await Gateway.DetachAsync(CancellationToken.None);
        string file = Path.Combine(StateOf(job.Id), "try-1", "pids");
        string[] processes = File.ReadAllText(file).Split(' ');
        processes[0] = Guid.NewGuid().ToString();
        File.WriteAllText(file, string.Join(' ', processes));

        await Reconnect();
        Assert.Equal(JobOutcome.Lost, (await Listener.EndOfAsync(job.Id)).Outcome);
    }

    [Fact]
    public async Task A_try_that_a_former_host_had_claimed_and_not_begun_is_not_begun_again()
    {
        JobRequest job = await StartAsync(Shell(Mark("a")) with { Command = ["sh", "-c"] });
        await Listener.EndOfAsync(job.Id);
        await Gateway.DetachAsync(CancellationToken.None);
        string attempt = Path.Combine(StateOf(job.Id), "try-1");
        foreach (string file in (string[])["exit", "pids"])
        {
            File.Delete(Path.Combine(attempt, file));
        }

        File.Delete(Path.Combine(StateOf(job.Id), "result.json"));
        File.Delete(Path.Combine(StateOf(job.Id), "reported"));
        await Reconnect();
        Time.Pass(TimeSpan.FromMinutes(1));

        await Eventually.Holds(() =>
        {
            Time.Pass(TimeSpan.FromSeconds(10));
            return Listener.Ends.Count == 2;
        });
        Assert.Equal((JobOutcome.Lost, 1), (Listener.Ends[^1].Result.Outcome, MarksOf("a")));
    }

    [Fact]
    public async Task Of_several_hosts_that_begin_one_try_at_once_one_runs_it_and_all_see_its_end()
    {
        JobRequest request = Request(Shell($"{Mark("a")}; exit 5"));
        string folder = FileOf("try");
        Directory.CreateDirectory(folder);
        TryEnd[] ends = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => new JobTry(folder, request, Options, Time).RunAsync(CancellationToken.None)))).WaitAsync(Support.Listener.Deadline);

        Assert.All(ends, end => Assert.Equal(5, end.ExitCode));
        Assert.Equal(1, MarksOf("a"));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_said_to_be_missing()
    {
        const string Missing = "/no/such/folder";
        JobRequest job = await StartAsync(new JobSpec { Image = "unused", Command = ["sh"], WorkingDirectory = Missing });
        JobResult end = await Listener.EndOfAsync(job.Id);

        Assert.Equal(JobOutcome.Rejected, end.Outcome);
        Assert.Contains(Missing, end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_with_127()
    {
        JobRequest job = await StartAsync(new JobSpec { Image = "unused", Command = ["no-such-program"] });

        JobResult end = await Listener.EndOfAsync(job.Id);
        Assert.Equal((JobOutcome.Failed, 127), (end.Outcome, end.Containers[0].ExitCode));
        Assert.Contains("no-such-program", end.LogLines[0], StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task The_record_is_for_its_owner_only()
    {
        JobRequest job = await StartAsync(Shell("true"));
        await Listener.EndOfAsync(job.Id);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(State));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(StateOf(job.Id)));
    }

    private async Task BegunAsync(JobRequest job) =>
        await Eventually.Holds(() => MarksOf("a") == 1 && File.Exists(Path.Combine(StateOf(job.Id), "try-1", "pids")));

    /// <summary>Its process group; 0 when it has ended.</summary>
    private static int GroupOf(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? 0 : int.Parse(fields[2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
