using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class SemaphoresTests
{
    [Fact]
    public void No_two_things_have_the_same_name()
    {
        // Only the last part may contain the character that joins them.
        string[] all =
        [
            Semaphores.Mutex("a", "b/c"), Semaphores.Mutex("a", "b"), Semaphores.Mutex("a", "/b"), Semaphores.Mutex("b", "a"),
            Semaphores.Key("a", "b/c"), Semaphores.Key("a", "b"), Semaphores.Function("a", "b"), Semaphores.Function("b", "a"),
        ];

        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["b/c", "b", "/b", "a", "b/c", "b", "b", "a"], all.Select(Semaphores.NameOf));
    }

    [Fact]
    public void An_execution_names_what_it_needs_in_ordinal_order()
    {
        var placement = new Placement { WorkerGroup = "g", Limit = 3 };
        var spec = new StoredSpec { Mutex = "m", ConcurrencyKey = "k" };

        Assert.Equal(["function/g/f", "key/ns/k", "mutex/ns/m"], placement.SemaphoresOf("ns", "f", spec));
        Assert.Equal(["mutex/ns/m"], (placement with { Limit = null }).SemaphoresOf("ns", "f", spec with { ConcurrencyKey = null }));
        Assert.Empty((placement with { Limit = null }).SemaphoresOf("ns", "f", new StoredSpec()));
    }
}
