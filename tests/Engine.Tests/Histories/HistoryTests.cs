using System.Text;
using System.Text.Json;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Replay;
using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kontinue.Engine.Tests.Histories;

/// <summary>
/// Committed journals, replayed with the code that made them. To record those of new functions, set KONTINUE_RECORD_HISTORIES to this
/// folder; files that exist are left alone.
/// </summary>
public sealed class HistoryTests
{
    private sealed record Header(string Function, Guid Uid, string Name, DateTimeOffset CreatedAt, DateTimeOffset StartedAt, string Result);

    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Histories"), "*.ndjson").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_committed_journal_is_replayed_to_the_same_end(string file)
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Histories", file));
        Header header = JsonSerializer.Deserialize<Header>(lines[0], KontinueJson.Options)!;
        var history = new History(ChildPolicy.None);
        byte[] journal = Encoding.UTF8.GetBytes(string.Join('\n', lines.Skip(1)));
        foreach (Entry entry in JournalCodec.Read(new JournalRecord(header.Uid, 1, journal)))
        {
            history.Apply(entry);
        }

        var run = new FunctionRun(
            new FunctionRunSetup(
                new FunctionDefinition(header.Function, new FunctionOptions(), FunctionBinding.Create(
                    header.Function, HistoryFunctions.All[header.Function], KontinueJson.Options)),
                new ExecutionInfo(TestHost.Key(header.Name), header.Uid, header.Function, null, header.CreatedAt), JsonPayload.EmptyObject, 0, 0,
                KontinueJson.Options, 1024 * 1024, NullLogger.Instance, new ServiceCollection().BuildServiceProvider(), header.StartedAt, IsNew: false),
            history, () => { });
        run.Start();

        Assert.Null(run.Disagreement);
        Assert.NotNull(run.Ended);
        Assert.Equal(header.Result, (await run.Ended).To<string>());
    }

    [Fact]
    public async Task Functions_run_as_when_their_journals_were_recorded()
    {
        var time = new ManualTimeProvider();
        await using TestHost host = await TestHost.StartAsync(
            k =>
            {
                foreach ((string name, Delegate function) in HistoryFunctions.All)
                {
                    k.AddFunction(name, function, f => f.Retry = RetryPolicy.Constant(2, TimeSpan.FromSeconds(1)));
                }
            },
            time: time);

        ExecutionKey order = await host.StartFunctionAsync("order", name: "order");
        await host.Client.SendEventAsync(order, "hello", JsonPayload.From("hellö"));
        Assert.StartsWith("True True late 1 ", (await host.AdvanceToEndAsync(order, TimeSpan.FromSeconds(1))).Status!.Result.To<string>(), StringComparison.Ordinal);

        ExecutionKey family = await host.StartFunctionAsync("family", name: "family");
        await host.WaitForAsync(family, e => e.Status!.WaitingFor?.Any(w => w.Kind == "Suspend") == true, "the suspension");
        await host.Client.ResumeAsync(family, "größe", JsonPayload.From("groß"));
        Assert.Equal("child,child broken groß", await host.ResultAsync<string>(family));

        ExecutionKey canceled = await host.StartFunctionAsync("canceled", name: "canceled");
        await host.WaitForPhaseAsync(canceled, ExecutionPhase.Suspended);
        await host.Client.CancelAsync(canceled, "enough");
        Assert.Equal("clean", await host.ResultAsync<string>(canceled));

        if (Environment.GetEnvironmentVariable("KONTINUE_RECORD_HISTORIES") is { Length: > 0 } folder)
        {
            await RecordAsync(host, folder, [order, family, canceled]);
        }
    }

    private static async Task RecordAsync(TestHost host, string folder, ExecutionKey[] keys)
    {
        foreach (ExecutionKey key in keys)
        {
            Execution ended = await host.Client.GetAsync(key);
            var header = new Header(
                ended.Spec.Function, ended.Metadata.Uid!.Value, key.Name, ended.Metadata.CreationTimestamp!.Value,
                ended.Status!.StartedAt!.Value, ended.Status.Result.To<string>()!);
            var text = new StringBuilder(JsonSerializer.Serialize(header, KontinueJson.Options) + "\n");
            foreach (JournalRecord record in await host.Shared.ReadJournalAsync(header.Uid, 0, 10_000, CancellationToken.None))
            {
                text.Append(Encoding.UTF8.GetString(record.Data.Span));
            }

            string file = Path.Combine(folder, ended.Spec.Function + ".ndjson");
            if (!File.Exists(file))
            {
                await File.WriteAllTextAsync(file, text.ToString());
            }
        }
    }
}
