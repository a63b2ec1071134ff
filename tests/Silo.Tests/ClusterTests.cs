using System.Diagnostics;
using System.Net;
using Kontinue.Client;
using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Silo.Tests;

/// <summary>Silos as processes, on one PostgreSQL.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class ClusterTests(Database databases, ITestOutputHelper output)
{
    private const int Many = 40;

    /// <summary>Far longer than <see cref="Deadline"/>: what moves before it is over does so because the cluster has seen that the silo is gone.</summary>
    private const string LongLease = "Kontinue:Engine:Lease=10m";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task What_is_created_through_one_silo_is_read_through_another()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = SiloProcess.Launch(database, "one");
        await using SiloProcess two = SiloProcess.Launch(database, "two", "Kontinue:Silo:Dashboard=true");
        await Task.WhenAll(one.StartedAsync(), two.StartedAsync());
        Execution ended = await one.Client.CreateAsync(Given.Execution("hello", "greeting"), TimeSpan.FromSeconds(30));
        Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        Assert.Equal(ended.Metadata.Uid, (await two.Client.GetAsync(Key("greeting"))).Metadata.Uid);
        Assert.Equal(["one Ready", "two Ready"], (await two.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}"));

        // A resume through the silo that does not have it reaches the one that has.
        await one.Client.CreateAsync(Given.Execution("approval", "asked"), TimeSpan.Zero);
        await WaitAsync(two, "asked", ExecutionPhase.Suspended);
        var clock = Stopwatch.StartNew();
        await two.Client.ResumeAsync(Key("asked"), "approval", JsonPayload.Parse("""{"approved":true}"""));
        Assert.Equal(ExecutionPhase.Completed, (await two.Client.WaitAsync(Key("asked"), TimeSpan.FromSeconds(30))).Status!.Phase);
        output.WriteLine($"Resumed through the other silo within {clock.ElapsedMilliseconds} ms.");

        using var http = new HttpClient();
        Assert.Equal("ok", await http.GetStringAsync(new Uri(one.HealthUrl, "/healthz")));
        Assert.Equal("ok", await http.GetStringAsync(new Uri(one.HealthUrl, "/readyz")));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(one.HealthUrl, "/apis"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(one.ApiUrl, "/dashboard/"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(two.ApiUrl, "/dashboard/"))).StatusCode);

        await using SiloProcess stranger = SiloProcess.Launch(database, "stranger", "Kontinue:Silo:ClusterId=other");
        Assert.Equal(1, await stranger.ExitCodeAsync());
        AssertOneError(stranger, "in use by cluster 'kontinue', and this silo is of cluster 'other'");
    }

    [SkippableFact]
    public async Task Silos_that_start_at_the_same_moment_tell_each_other_at_once()
    {
        // Nobody looks by itself: half a minute passes until a caller that is not told of an end does.
        TimeSpan deadline = TimeSpan.FromSeconds(20);
        string[] settings = ["Kontinue:Engine:SweepInterval=00:00:30", "Kontinue:Engine:Lease=00:01:00"];
        string database = await databases.NewAsync();
        await using SiloProcess one = SiloProcess.Launch(database, "one", settings);
        await using SiloProcess two = SiloProcess.Launch(database, "two", settings);
        await Task.WhenAll(one.StartedAsync(), two.StartedAsync());
        foreach ((SiloProcess owner, SiloProcess other, string name) in new[] { (one, two, "a"), (two, one, "b") })
        {
            await owner.Client.CreateAsync(Given.Execution("approval", name), TimeSpan.Zero);
            await WaitAsync(owner, name, ExecutionPhase.Suspended);
            Task<Execution> wait = other.Client.WaitAsync(Key(name), Deadline);
            await other.Client.ResumeAsync(Key(name), "approval", JsonPayload.Parse("""{"approved":true}"""));
            var clock = Stopwatch.StartNew();
            Assert.Equal(ExecutionPhase.Completed, (await wait.WaitAsync(deadline)).Status!.Phase);
            output.WriteLine($"Resumed through the other silo within {clock.ElapsedMilliseconds} ms.");
        }
    }

    [SkippableFact]
    public async Task A_killed_silos_work_moves_long_before_its_lease_is_over()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", LongLease);
        await using SiloProcess two = await SiloProcess.StartAsync(database, "two", LongLease);
        TimeSpan took = await MoveAsync(one, two, one.KillAsync);
        output.WriteLine($"After kill -9 the work had moved within {took.TotalSeconds:F1} s.");
    }

    [SkippableFact]
    public async Task A_frozen_silos_work_moves_and_what_wakes_up_ends_itself()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one", LongLease);
        await using SiloProcess two = await SiloProcess.StartAsync(database, "two", LongLease);
        TimeSpan took = await MoveAsync(one, two, () =>
        {
            one.Signal(SiloProcess.Stop);
            return Task.CompletedTask;
        });
        output.WriteLine($"After SIGSTOP the work had moved within {took.TotalSeconds:F1} s.");
        one.Signal(SiloProcess.Continue);
        Assert.NotEqual(0, await one.ExitCodeAsync());
    }

    [SkippableFact]
    public async Task A_silo_that_is_told_to_stop_hands_over_and_ends_well()
    {
        string database = await databases.NewAsync();
        await using SiloProcess one = await SiloProcess.StartAsync(database, "one");
        await using SiloProcess two = await SiloProcess.StartAsync(database, "two");
        var clock = Stopwatch.StartNew();
        TimeSpan took = await MoveAsync(one, two, () =>
        {
            one.Signal(SiloProcess.Terminate);
            return Task.CompletedTask;
        });
        Assert.Equal(0, await one.ExitCodeAsync());
        output.WriteLine($"After SIGTERM the work had moved within {took.TotalSeconds:F1} s, and the process had ended after {clock.Elapsed.TotalSeconds:F1} s.");
        Assert.Equal(["one Stopped", "two Ready"], (await two.Client.ListSilosAsync()).Items.Select(s => $"{s.Metadata.Name} {s.Status!.Phase}"));
    }

    [SkippableTheory]
    [InlineData("Kontinue:Silo:ServiceId=a b", 2, "ServiceId must have 1 to 100 letters")]
    [InlineData("Kontinue:Silo:ConnectionString=Host=127.0.0.1;Port=1;Database=x", 1, "PostgreSQL cannot be reached")]
    [InlineData("Kontinue:Silo:Functions:0=nowhere.dll", 2, "nowhere.dll, which Kontinue:Silo:Functions names, does not exist")]
    [InlineData("Kontinue:Silo:Functions:0=Kontinue.Api.dll", 2, "has no public class that implements")]
    [InlineData("Kontinue:Engine:WorkerGroup=A B", 2, "WorkerGroup 'A B' is not the name of a worker group")]
    public async Task A_silo_that_cannot_start_says_why_in_words(string setting, int code, string message)
    {
        string there = setting.Replace("=Kontinue.Api.dll", "=" + Path.Combine(AppContext.BaseDirectory, "Kontinue.Api.dll"), StringComparison.Ordinal);
        await using SiloProcess silo = SiloProcess.Launch(await databases.NewAsync(), "one", there);
        Assert.Equal(code, await silo.ExitCodeAsync());
        AssertOneError(silo, message);
    }

    [SkippableFact]
    public async Task A_port_in_use_is_named()
    {
        string database = await databases.NewAsync();
        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using SiloProcess silo = SiloProcess.Launch(database, "one", $"Kontinue:Silo:ApiPort={port}");
        Assert.Equal(1, await silo.ExitCodeAsync());
        AssertOneError(silo, $"Kontinue:Silo:ApiPort {port}");
    }

    [SkippableFact]
    public async Task A_module_brings_functions()
    {
        string database = await databases.NewAsync();
        await using SiloProcess silo = await SiloProcess.StartAsync(database, "one", $"Kontinue:Silo:Functions:0={typeof(TestModule).Assembly.Location}");
        Execution ended = await silo.Client.CreateAsync(Given.Execution("from-module", "m"), TimeSpan.FromSeconds(30));
        Assert.Equal("42", ended.Status!.Result.ToString());
    }

    /// <summary>How long it takes until what one silo has runs on the other one.</summary>
    private static async Task<TimeSpan> MoveAsync(SiloProcess from, SiloProcess to, Func<Task> end)
    {
        for (int i = 0; i < Many; i++)
        {
            await from.Client.CreateAsync(Given.Execution("approval", $"a{i}"), TimeSpan.Zero);
        }

        for (int i = 0; i < Many; i++)
        {
            await WaitAsync(to, $"a{i}", ExecutionPhase.Suspended);
        }

        long begun = Stopwatch.GetTimestamp();
        await end();
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => to.Client.ResumeAsync(Key($"a{i}"), "approval", JsonPayload.Parse("""{"approved":true}"""))));
        for (int i = 0; i < Many; i++)
        {
            Execution ended = await to.Client.WaitAsync(Key($"a{i}"), Deadline);
            Assert.Equal(ExecutionPhase.Completed, ended.Status!.Phase);
        }

        return Stopwatch.GetElapsedTime(begun);
    }

    private static async Task WaitAsync(SiloProcess silo, string name, ExecutionPhase phase)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        await foreach (ExecutionEvent change in silo.Client.WatchAsync(new WatchQuery { Selector = ExecutionSelector.All with { Name = name } }, deadline.Token))
        {
            if (change.Execution?.Status?.Phase == phase)
            {
                return;
            }
        }
    }

    private static void AssertOneError(SiloProcess silo, string message)
    {
        Assert.Contains(message, silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);
}
