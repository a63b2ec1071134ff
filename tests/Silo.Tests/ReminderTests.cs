using Kontinue.Resources;
using Kontinue.Silo.Tests.Support;
using Npgsql;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Reminders of Orleans beside the timers of the store, where they are asked for.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class ReminderTests(Database databases)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly ExecutionKey Key = new(ExecutionKey.DefaultNamespace, "nap");

    [SkippableFact]
    public async Task A_long_sleep_has_one_until_it_is_over()
    {
        string database = await databases.NewAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await using SiloProcess silo = await SiloProcess.StartAsync(
            database, "one", "Kontinue:Grains:Reminders=true", "Kontinue:Grains:ReminderThreshold=5m", "Kontinue:Engine:SuspendedResidency=0s");
        await silo.Client.CreateAsync(
            new Execution
            {
                Metadata = new ObjectMetadata { Name = Key.Name }, Spec = new ExecutionSpec { Function = "sleep", Arguments = JsonPayload.Parse("""{"for":"1h"}""") },
            },
            TimeSpan.Zero);
        await RemindersAreAsync(source, 1, silo);

        await silo.Client.ResumeAsync(Key);
        Assert.Equal(ExecutionPhase.Completed, (await silo.Client.WaitAsync(Key, Deadline)).Status!.Phase);
        await RemindersAreAsync(source, 0, silo);
    }

    private static async Task RemindersAreAsync(NpgsqlDataSource source, long expected, SiloProcess silo)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        await using NpgsqlCommand count = source.CreateCommand("SELECT count(*) FROM orleans_reminder");
        long there;
        while ((there = (long)(await count.ExecuteScalarAsync())!) != expected)
        {
            Assert.False(deadline.IsCancellationRequested, $"There are {there} reminders, and were to be {expected}. The silo said:\n{silo.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
