using Kontinue.Client;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>What is measured: the way from a caller to the engine.</summary>
internal abstract class Target : IAsyncDisposable
{
    /// <summary>What callers call.</summary>
    public abstract IKontinueClient Client { get; }

    /// <summary>The process that runs executions, when it is another one and was started for this run.</summary>
    public virtual int? ProcessId => null;

    public static async Task<Target> OpenAsync(LoadOptions options, StoreSession session, WakeLog wakes, CancellationToken cancellationToken) =>
        options.Target == "http"
            ? await HttpTarget.OpenAsync(options, session, cancellationToken)
            : await EmbeddedTarget.OpenAsync(session, wakes, cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The target that was asked for cannot be used; the message says why and what would help.</summary>
internal sealed class TargetUnusableException(string message, Exception? inner = null) : Exception(message, inner);
