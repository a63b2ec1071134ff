namespace Kontinue.Engine.Storage;

public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task RegisterSiloAsync(SiloRegistration silo, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(silo);
        lock (_gate)
        {
            DateTimeOffset now = StoreNow();
            foreach ((SiloId id, Silo known) in _silos.ToArray())
            {
                if (string.Equals(known.Registration.Name, silo.Name, StringComparison.Ordinal) ||
                    known.LeaseUntil < now - StoreArguments.SiloMemory)
                {
                    _silos.Remove(id);
                }
            }

            // A copy that no one else can change.
            SiloRegistration own = silo with
            {
                Functions = [.. silo.Functions.Select(f => f with { Definition = new JsonPayload(f.Definition.Utf8.ToArray()) })],
            };
            _silos[silo.Id] = new Silo(own, StartedAt: now, RenewedAt: now, LeaseUntil: now + silo.Lease, HasStopped: false, Load: default);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<LeaseRenewal> RenewLeaseAsync(SiloId silo, TimeSpan lease, SiloLoad load, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_silos.TryGetValue(silo, out Silo? known) || known.HasStopped)
            {
                return Task.FromResult(LeaseRenewal.Gone);
            }

            DateTimeOffset now = StoreNow();
            _silos[silo] = known with { RenewedAt = now, LeaseUntil = now + lease, Load = load };
            return Task.FromResult(known.LeaseUntil > now ? LeaseRenewal.Renewed : LeaseRenewal.Lapsed);
        }
    }

    /// <inheritdoc/>
    public Task ReportLoadAsync(SiloId silo, SiloLoad load, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_silos.TryGetValue(silo, out Silo? known) && !known.HasStopped)
            {
                _silos[silo] = known with { Load = load };
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task UnregisterSiloAsync(SiloId silo, CancellationToken cancellationToken) => DeclareDeadAsync(silo, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    public Task<TimeSpan> DeclareDeadAsync(SiloId silo, TimeSpan delay, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_silos.TryGetValue(silo, out Silo? known))
            {
                return Task.FromResult(TimeSpan.Zero);
            }

            DateTimeOffset now = StoreNow();
            DateTimeOffset end = known.RenewedAt + delay > now ? known.RenewedAt + delay : now;
            end = known.LeaseUntil < end ? known.LeaseUntil : end;
            _silos[silo] = known with { LeaseUntil = end, HasStopped = true, Load = default };
            return Task.FromResult(end > now ? end - now : TimeSpan.Zero);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SiloRow>> ReadSilosAsync(bool onlyAlive, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<SiloRow>>([.. _silos.Values
                .Where(silo => !onlyAlive || IsAlive(silo.Registration.Id))
                .OrderBy(silo => silo.Registration.Name, StringComparer.Ordinal)
                .Take(limit)
                .Select(silo => new SiloRow
                {
                    Id = silo.Registration.Id,
                    Name = silo.Registration.Name,
                    WorkerGroup = silo.Registration.WorkerGroup,
                    Version = silo.Registration.Version,
                    Capacity = silo.Registration.Capacity,
                    Load = silo.Load,
                    StartedAt = silo.StartedAt,
                    RenewedAt = silo.RenewedAt,
                    LeaseUntil = silo.LeaseUntil,
                    IsAlive = IsAlive(silo.Registration.Id),
                    HasStopped = silo.HasStopped,
                })]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunctionRow>> ReadFunctionsAsync(int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckLimit(limit);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<FunctionRow>>([.. _silos.Values
                .SelectMany(silo => silo.Registration.Functions.Select(function => (Silo: silo, Function: function)))
                .GroupBy(known => (known.Function.Name, known.Silo.Registration.WorkerGroup))
                .OrderBy(group => group.Key.Name, StringComparer.Ordinal)
                .ThenBy(group => group.Key.WorkerGroup, StringComparer.Ordinal)
                .Take(limit)
                .Select(group =>
                {
                    (Silo silo, FunctionRegistration function) =
                        group.OrderBy(known => known.Silo.StartedAt).ThenBy(known => known.Silo.Registration.Id.Value).Last();
                    bool isAlive = group.Any(known => IsAlive(known.Silo.Registration.Id));
                    return new FunctionRow(group.Key.WorkerGroup, group.Key.Name, function.Definition, silo.StartedAt, isAlive);
                })]);
        }
    }

    private bool IsAlive(SiloId silo) => _silos.TryGetValue(silo, out Silo? known) && known.LeaseUntil > _time.GetUtcNow();

    private string? GroupOf(SiloId silo) => _silos.GetValueOrDefault(silo)?.Registration.WorkerGroup;

    private DateTimeOffset StoreNow() => StoreTime.Truncate(_time.GetUtcNow());

    private sealed record Silo(
        SiloRegistration Registration, DateTimeOffset StartedAt, DateTimeOffset RenewedAt, DateTimeOffset LeaseUntil, bool HasStopped, SiloLoad Load);
}
