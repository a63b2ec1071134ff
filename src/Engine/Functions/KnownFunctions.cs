using System.Text.Json;
using Kontinue.Engine.Loops;
using Kontinue.Engine.Storage;
using Kontinue.Resources;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Functions;

/// <summary>
/// The functions of all worker groups: this silo's own, and what other silos have registered. Those are read now and then, and when
/// somebody asks for one that is not known.
/// </summary>
internal sealed partial class KnownFunctions : IDisposable
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(15);

    /// <summary>How old what is known may be before something unknown is looked for again.</summary>
    private static readonly TimeSpan MinAge = TimeSpan.FromMilliseconds(500);

    private readonly ISiloDirectory _directory;
    private readonly FunctionRegistry _own;
    private readonly FunctionCatalog _catalog;
    private readonly string _ownGroup;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _reading = new(1);
    private readonly LoopSignal _missed;
    private readonly Dictionary<string, Placement> _ownPlacements;
    private volatile Snapshot _others = new([], null);

    public KnownFunctions(
        ISiloDirectory directory, FunctionRegistry own, FunctionCatalog catalog, KontinueOptions options, TimeProvider time,
        ILogger<KnownFunctions> logger)
    {
        _directory = directory;
        _own = own;
        _catalog = catalog;
        _ownGroup = options.WorkerGroup;
        _time = time;
        _missed = new LoopSignal(time);
        _logger = logger;
        _ownPlacements = own.All.ToDictionary(
            f => f.Name, f => new Placement { WorkerGroup = _ownGroup, Limit = f.Options.Concurrency.Limit, Ttl = f.Options.Ttl }, StringComparer.Ordinal);
    }

    /// <summary>What other silos are told of this one's functions.</summary>
    public IReadOnlyList<FunctionRegistration> Registrations => _catalog.Registrations;

    /// <summary>Says who may run an execution, as far as that is known now. When nobody is known, it is soon looked for again.</summary>
    /// <param name="function">Its function.</param>
    /// <param name="asked">The worker group that was asked for; null: any.</param>
    public Placement Place(string function, string? asked)
    {
        Placement placement = Find(function, asked);
        if (placement.Missing is not null)
        {
            _missed.Set();
        }

        return placement;
    }

    private Placement Find(string function, string? asked)
    {
        if ((asked is null || string.Equals(asked, _ownGroup, StringComparison.Ordinal)) &&
            _ownPlacements.TryGetValue(function, out Placement? own))
        {
            return own;
        }

        Snapshot others = _others;
        List<KnownFunction> found = [.. others.ByName[function].Where(f => !IsOwn(f.Row))];
        if (asked is not null)
        {
            return found.Find(f => string.Equals(f.Row.WorkerGroup, asked, StringComparison.Ordinal)) is { } one
                ? one.Placement
                : new Placement { WorkerGroup = asked, Missing = DescribeMissing(function, asked, others, found) };
        }

        // Of what was moved to another group, the group that nobody is in any more is none to choose.
        List<KnownFunction> alive = found.FindAll(f => f.Row.IsAlive);
        return (alive.Count > 0 ? alive : found) switch
        {
            [] => new Placement { Missing = $"No silo that is known has a function '{function}'. Register it, or cancel the execution." },
            [var only] => only.Placement,
            var several => new Placement { Choices = [.. several.Select(f => f.Row.WorkerGroup)] },
        };
    }

    /// <summary>Says who may run an execution, and looks again at what others have registered before it says that nobody may.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public ValueTask<Placement> PlaceAsync(string function, string? asked, CancellationToken cancellationToken)
    {
        Placement known = Find(function, asked);
        return known is { Missing: null, Choices: null } ? ValueTask.FromResult(known) : LookAgainAsync();

        async ValueTask<Placement> LookAgainAsync()
        {
            await RefreshAsync(MinAge, cancellationToken).ConfigureAwait(false);
            return Find(function, asked);
        }
    }

    /// <summary>Whether a silo that is alive can run a function of a worker group.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async ValueTask<bool> IsServedAsync(string function, string group, CancellationToken cancellationToken)
    {
        if (string.Equals(group, _ownGroup, StringComparison.Ordinal))
        {
            return true;
        }

        await RefreshAsync(MinAge, cancellationToken).ConfigureAwait(false);
        return _others.ByName[function].Any(f => f.Row.IsAlive && string.Equals(f.Row.WorkerGroup, group, StringComparison.Ordinal));
    }

    /// <summary>
    /// All functions, by name, each once with all groups that have it; while the store is away, those of others as they were. A group that
    /// nobody is in any more counts only while no other has the function.
    /// </summary>
    public async Task<FunctionList> ListAsync(CancellationToken cancellationToken)
    {
        await TryRefreshAsync(MinAge, cancellationToken).ConfigureAwait(false);
        Snapshot known = _others;
        IEnumerable<Function> others = known.Functions
            .Where(f => !IsOwn(f.Row) && (f.Row.IsAlive || !(_own.TryGet(f.Row.Name, out _) || known.ByName[f.Row.Name].Any(o => o.Row.IsAlive))))
            .Select(f => FunctionCatalog.Describe(f.Row, f.Spec));
        return _catalog.List with
        {
            Items =
            [
                .. _catalog.List.Items.Concat(others)
                    .GroupBy(f => f.Metadata.Name, StringComparer.Ordinal)
                    .OrderBy(same => same.Key, StringComparer.Ordinal)
                    .Select(same => FunctionCatalog.Merge([.. same])),
            ],
        };
    }

    /// <summary>Reads what others have registered. Before that nothing may be placed: children would be stored without what they have to wait for.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => RefreshAsync(MinAge, cancellationToken);

    /// <summary>Reads again what others have registered, until canceled.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _missed.WaitAsync(RefreshInterval, cancellationToken).ConfigureAwait(false);
            await TryRefreshAsync(MinAge, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task TryRefreshAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(maxAge, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            LogNotRead(_logger, e);
        }
    }

    private async Task RefreshAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (IsFresh())
        {
            return;
        }

        // Who comes while somebody is reading is served by that.
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsFresh())
            {
                long asked = _time.GetTimestamp();
                IReadOnlyList<FunctionRow> rows =
                    await _directory.ReadFunctionsAsync(StoreArguments.MaxLimit, cancellationToken).ConfigureAwait(false);
                _others = new Snapshot([.. rows.Select(row => new KnownFunction(row, Read(row)))], asked);
            }
        }
        finally
        {
            _reading.Release();
        }

        bool IsFresh() => _others.ReadAt is { } at && _time.GetElapsedTime(at) < maxAge;
    }

    private FunctionSpec Read(FunctionRow row)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Definition.Utf8.Span, ResourceJson.Tolerant<FunctionSpec>()) ?? new FunctionSpec();
        }
        catch (JsonException e)
        {
            // Of a version with another form of it: that there is the function is known all the same.
            LogNotUnderstood(_logger, e, row.Name, row.WorkerGroup);
            return new FunctionSpec();
        }
    }

    /// <summary>Whether this silo has it: its own code counts, and not what another one of the group has registered.</summary>
    private bool IsOwn(FunctionRow row) =>
        string.Equals(row.WorkerGroup, _ownGroup, StringComparison.Ordinal) && _own.TryGet(row.Name, out _);

    private string DescribeMissing(string function, string group, Snapshot others, List<KnownFunction> found)
    {
        bool isGroupKnown = string.Equals(group, _ownGroup, StringComparison.Ordinal) ||
            others.Functions.Any(f => string.Equals(f.Row.WorkerGroup, group, StringComparison.Ordinal));
        string[] groups =
            [.. found.Select(f => f.Row.WorkerGroup).Concat(_own.TryGet(function, out _) ? [_ownGroup] : []).Order(StringComparer.Ordinal)];
        string elsewhere = groups.Length switch
        {
            0 => "",
            1 => $" Worker group '{groups[0]}' has it.",
            _ => $" Worker groups {string.Join(" and ", groups)} have it.",
        };
        return isGroupKnown
            ? $"No silo of worker group '{group}' has a function '{function}'.{elsewhere} Register it there, or cancel the execution."
            : $"No silo of a worker group '{group}' is known.{elsewhere} Start one that has function '{function}', or cancel the execution.";
    }

    private sealed record Snapshot(IReadOnlyList<KnownFunction> Functions, long? ReadAt)
    {
        public ILookup<string, KnownFunction> ByName { get; } = Functions.ToLookup(f => f.Row.Name, StringComparer.Ordinal);
    }

    private sealed record KnownFunction(FunctionRow Row, FunctionSpec Spec)
    {
        public Placement Placement { get; } = new() { WorkerGroup = Row.WorkerGroup, Limit = Spec.Concurrency?.Limit, Ttl = Spec.Ttl };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The functions of other silos could not be read; trying again.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is registered of function {Function} of worker group {Group} cannot be understood.")]
    private static partial void LogNotUnderstood(ILogger logger, Exception exception, string function, string group);
}
