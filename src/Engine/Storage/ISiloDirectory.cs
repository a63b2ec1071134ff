using System.Runtime.InteropServices;

namespace Kontinue.Engine.Storage;

/// <summary>Which silos there are, what they can run and how busy they are. All times are those of the store's clock: silos' own clocks do not matter.</summary>
public interface ISiloDirectory
{
    /// <summary>
    /// Registers a process under a name, with its functions. A silo of the same name that was registered before loses its lease at once: it is taken to be
    /// the same silo before its restart. Silos whose lease ended more than a day ago are forgotten, with their functions.
    /// </summary>
    Task RegisterSiloAsync(SiloRegistration silo, CancellationToken cancellationToken);

    /// <summary>Renews a lease and says how busy the silo is. One that has ended is renewed too, and the answer says so.</summary>
    Task<LeaseRenewal> RenewLeaseAsync(SiloId silo, TimeSpan lease, SiloLoad load, CancellationToken cancellationToken);

    /// <summary>Says how busy a silo is. Its lease stays as it is.</summary>
    Task ReportLoadAsync(SiloId silo, SiloLoad load, CancellationToken cancellationToken);

    /// <summary>Gives a lease up, so that others may take over at once. The silo is remembered, as one that has stopped.</summary>
    Task UnregisterSiloAsync(SiloId silo, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the lease of a silo that is taken for dead, and may live: it gets no renewal any more, and others may take over once so much time has gone by since its last one.
    /// It is remembered as one that has stopped. Calling this again makes it no later.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="delay">How long after a renewal a silo goes on without asking the store again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it takes from now until others may take over; zero when they may.</returns>
    Task<TimeSpan> DeclareDeadAsync(SiloId silo, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Reads the silos that are remembered, by name.</summary>
    /// <param name="onlyAlive">Only those whose lease is valid.</param>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<SiloRow>> ReadSilosAsync(bool onlyAlive, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the functions of all silos that are remembered, by name and worker group; of each the definition that was registered last.
    /// </summary>
    /// <param name="limit">At most so many; 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<FunctionRow>> ReadFunctionsAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>What a silo says of itself when it starts.</summary>
/// <param name="Id">Its id, which no process has had before.</param>
/// <param name="Name">Its name, which stays over restarts.</param>
/// <param name="WorkerGroup">Its group.</param>
/// <param name="Version">The version of its code, for people; empty when it has none.</param>
/// <param name="Lease">How long it counts as alive without a renewal. The store's clock decides.</param>
/// <param name="Capacity">How many executions it runs at once at most.</param>
/// <param name="Functions">What it can run.</param>
public sealed record SiloRegistration(
    SiloId Id, string Name, string WorkerGroup, string Version, TimeSpan Lease, int Capacity, IReadOnlyList<FunctionRegistration> Functions);

/// <summary>A function that a silo can run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">What is known of it (JSON, the engine's own form); opaque to stores.</param>
public sealed record FunctionRegistration(string Name, JsonPayload Definition);

/// <summary>What became of the renewal of a lease.</summary>
public enum LeaseRenewal
{
    /// <summary>The silo is not registered any more, and nothing is renewed: it must drop everything that it runs.</summary>
    Gone,

    /// <summary>The lease had ended, and is valid from now on. Others may have taken what the silo ran: it must drop that, and may begin anew.</summary>
    Lapsed,

    /// <summary>The lease was valid until now, and goes on.</summary>
    Renewed,
}

/// <summary>How busy a silo is.</summary>
/// <param name="Executing">Executions that run now; of a silo that stops, its capacity: it has no room.</param>
/// <param name="Resident">Executions in memory, those that wait included.</param>
/// <param name="Steps">Step bodies that run now.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SiloLoad(int Executing, int Resident, int Steps);

/// <summary>A silo as a store remembers it.</summary>
public sealed record SiloRow
{
    /// <summary>Its id.</summary>
    public required SiloId Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its group.</summary>
    public required string WorkerGroup { get; init; }

    /// <summary>The version of its code.</summary>
    public required string Version { get; init; }

    /// <summary>How many executions it runs at once at most.</summary>
    public required int Capacity { get; init; }

    /// <summary>How busy it said it was last.</summary>
    public SiloLoad Load { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last renewed its lease.</summary>
    public required DateTimeOffset RenewedAt { get; init; }

    /// <summary>When its lease ends or ended.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }

    /// <summary>Whether its lease is valid, by the store's clock.</summary>
    public required bool IsAlive { get; init; }

    /// <summary>Whether it gave its lease up or was declared dead, rather than losing its lease.</summary>
    public bool HasStopped { get; init; }
}

/// <summary>A function of a worker group.</summary>
/// <param name="WorkerGroup">The group.</param>
/// <param name="Name">Its name.</param>
/// <param name="Definition">As it was registered last.</param>
/// <param name="RegisteredAt">When.</param>
/// <param name="IsAlive">Whether a silo that has it holds a valid lease.</param>
public sealed record FunctionRow(string WorkerGroup, string Name, JsonPayload Definition, DateTimeOffset RegisteredAt, bool IsAlive);
