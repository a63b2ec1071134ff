using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Tests.Support;

/// <summary>
/// A silo over a store that outlives it: it can be stopped and started again, also with other code, and it can be abandoned while it
/// believes that it is alive.
/// </summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IExecutionStore _shared;
    private readonly TimeProvider _time;
    private readonly Action<KontinueOptions>? _options;
    private readonly string _silo;
    private readonly List<HostInstance> _zombies = [];
    private Action<KontinueBuilder> _code;
    private HostInstance _current = null!;

    private TestHost(Action<KontinueBuilder> code, IExecutionStore? store, TimeProvider? time, Action<KontinueOptions>? options, string silo)
    {
        _code = code;
        _time = time ?? TimeProvider.System;
        _shared = store ?? new InMemoryStore(_time);
        _options = options;
        _silo = silo;
    }

    public IKontinueClient Client => _current.Client;

    public EmbeddedHost Engine => _current.Engine;

    /// <summary>This silo's way to the store.</summary>
    public CrashableStore Store => _current.Store;

    /// <summary>What all silos see.</summary>
    public IExecutionStore Shared => _shared;

    public HostInstance Current => _current;

    public ManualTimeProvider Time => (ManualTimeProvider)_time;

    public LogCapture Log { get; } = new();

    public static async Task<TestHost> StartAsync(
        Action<KontinueBuilder> code, IExecutionStore? store = null, TimeProvider? time = null, Action<KontinueOptions>? options = null,
        string silo = "silo-1")
    {
        var host = new TestHost(code, store, time, options, silo);
        host._current = await host.NewAsync();
        return host;
    }

    /// <summary>Starts a silo of another name over the same store.</summary>
    public Task<TestHost> StartBesideAsync(string silo, Action<KontinueBuilder>? code = null) =>
        StartAsync(code ?? _code, _shared, _time, _options, silo);

    /// <summary>Stops the silo cleanly and starts it again.</summary>
    public async Task RestartAsync(Action<KontinueBuilder>? code = null)
    {
        await _current.DisposeAsync();
        _code = code ?? _code;
        _current = await NewAsync();
    }

    /// <summary>Abandons the silo, which goes on as a zombie, and starts another one of its name.</summary>
    public async Task<HostInstance> CrashAsync(Action<KontinueBuilder>? code = null)
    {
        HostInstance zombie = _current;
        _zombies.Add(zombie);
        _code = code ?? _code;
        _current = await NewAsync();
        return zombie;
    }

    public Task StopAsync() => _current.DisposeAsync().AsTask();

    /// <summary>Starts a function and waits for its result.</summary>
    public Task<T?> RunAsync<T>(string function, object? arguments = null, string? name = null) => Wait.For(
        Client.ExecuteAsync<T>(function, arguments, name is null ? null : Key(name)), $"the result of {function} {name}");

    /// <summary>Starts a function.</summary>
    public async Task<ExecutionKey> StartFunctionAsync(string function, object? arguments = null, string? name = null) =>
        (await Wait.For(Client.StartAsync(function, arguments, name is null ? null : Key(name)))).Key;

    /// <summary>Starts a function with a spec of one's own.</summary>
    public async Task<ExecutionKey> StartFunctionAsync(ExecutionSpec spec, string? name = null) =>
        (await Wait.For(Client.CreateAsync(new Execution
        {
            Metadata = new ObjectMetadata { Name = name, GenerateName = name is null ? spec.Function + "-" : null },
            Spec = spec,
        }))).Key;

    public static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    /// <summary>Waits until an execution has ended.</summary>
    public Task<Execution> WaitForEndAsync(ExecutionKey key) => WaitForAsync(key, e => e.Status!.Phase.IsTerminal(), "the end");

    public Task<Execution> WaitForPhaseAsync(ExecutionKey key, ExecutionPhase phase) => WaitForAsync(key, e => e.Status!.Phase == phase, phase.ToString());

    /// <summary>Waits until the execution, as stored, is as it should be.</summary>
    public async Task<Execution> WaitForAsync(ExecutionKey key, Func<Execution, bool> condition, string what)
    {
        Execution? last = null;
        await Wait.Until(
            async () =>
            {
                last = await GetAsync(key);
                return last is not null && condition(last);
            },
            () => $"It is {last?.Status?.Phase.ToString() ?? "absent"}: {last?.Status}. Log: {string.Join('\n', Log.Lines.TakeLast(5))}",
            $"{what} of {key}");
        return last!;
    }

    /// <summary>Waits for the end, and reads the result.</summary>
    public async Task<T?> ResultAsync<T>(ExecutionKey key) => (await WaitForEndAsync(key)).GetResult<T>();

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(ExecutionKey key) => (await Client.ReadJournalAsync(key)).Items;

    /// <summary>Moves the clock in small steps until something has happened.</summary>
    public Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step, string what) => Wait.Until(
        () =>
        {
            if (condition())
            {
                return Task.FromResult(true);
            }

            Time.Advance(step);
            return Task.FromResult(false);
        },
        () => $"It is {Time.GetUtcNow()}.",
        what);

    /// <summary>Moves the clock in small steps until an execution has ended.</summary>
    public async Task<Execution> AdvanceToEndAsync(ExecutionKey key, TimeSpan step)
    {
        Execution? last = null;
        await Wait.Until(
            async () =>
            {
                last = await GetAsync(key);
                if (last!.Status!.Phase.IsTerminal())
                {
                    return true;
                }

                Time.Advance(step);
                return false;
            },
            () => $"It is {last?.Status?.Phase} at {Time.GetUtcNow()}.",
            $"the end of {key}");
        return last!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HostInstance instance in _zombies.Append(_current))
        {
            await instance.DisposeAsync();
        }
    }

    private async Task<Execution?> GetAsync(ExecutionKey key)
    {
        ExecutionRow? row = await _shared.ReadAsync(key, CancellationToken.None);
        return row is null ? null : Executions.ResourceMapper.ToResource(row, withWaits: true);
    }

    private async Task<HostInstance> NewAsync()
    {
        var instance = new HostInstance(_shared, _time, _code, Configure, Log);
        await instance.StartAsync();
        return instance;
    }

    private void Configure(KontinueOptions options)
    {
        options.SiloName = _silo;
        options.SweepInterval = TimeSpan.FromMilliseconds(50);
        options.ShutdownGrace = TimeSpan.FromSeconds(2);
        _options?.Invoke(options);
    }
}
