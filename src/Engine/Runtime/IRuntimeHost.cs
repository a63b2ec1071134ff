using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Runtime;

/// <summary>What a running execution needs of the process around it. A host decides where executions run, and delivers wake-ups.</summary>
internal interface IRuntimeHost
{
    SiloId Silo { get; }

    KontinueOptions Options { get; }

    /// <summary>Under which term of the silo's lease executions come into memory now.</summary>
    int LeaseTerm { get; }

    /// <summary>Whether the silo holds its lease, and has held it without a gap since that term began.</summary>
    bool HoldsLease(int term);

    /// <summary>
    /// Whether something may begin now that must not begin once another silo has taken over. Waits for the store's word where others may have declared this silo dead.
    /// </summary>
    ValueTask<bool> MayBeginAsync(int term);

    TimeProvider Time { get; }

    /// <summary>The time, as exact as stores keep it, so that what is read back equals what was written.</summary>
    DateTimeOffset Now { get; }

    IServiceProvider Services { get; }

    FunctionRegistry Functions { get; }

    /// <summary>The functions of all silos.</summary>
    KnownFunctions Known { get; }

    UidGenerator Uids { get; }

    GroupCommitter Committer { get; }

    StepRunner Steps { get; }

    /// <summary>The way to the job gateway.</summary>
    JobRelay Jobs { get; }

    ILoggerSource Loggers { get; }

    /// <summary>For the jitter of waits, whose outcome is recorded.</summary>
    Random Jitter { get; }

    /// <summary>Asks for a place for a new execution. False: it has to wait as a row.</summary>
    /// <param name="row">The execution as it is to be inserted.</param>
    /// <param name="create">Makes it.</param>
    /// <param name="runtime">It, when there is a place for it.</param>
    bool TryAdmit(ExecutionRow row, Func<ExecutionRuntime> create, out ExecutionRuntime? runtime);

    /// <summary>Delivers a stored message if its target is here, and otherwise sees to it that the target is woken.</summary>
    void Route(Message message);

    /// <summary>Has the stored messages of an execution read and given to it. When it is not here, it is woken.</summary>
    /// <param name="key">The execution.</param>
    /// <param name="tellOthers">Whether another silo is to be told if it turns out to be that one's.</param>
    void ReadMessages(ExecutionKey key, bool tellOthers = false);

    /// <summary>There are executions that nobody owns.</summary>
    /// <param name="workerGroup">Who may run them; null: whoever has their function.</param>
    void SignalBacklog(string? workerGroup);

    /// <summary>Permits of these semaphores may have become free, or somebody new waits for one.</summary>
    void LookAt(IReadOnlyList<string> semaphores);

    /// <summary>Wakes the execution at a time.</summary>
    void WakeAt(ExecutionKey key, DateTimeOffset at);

    /// <summary>Called when an execution begins or ceases to be busy.</summary>
    void ActivityChanged(ExecutionRuntime runtime, Activity before, Activity now);

    /// <summary>Called when an execution ended, after its commit.</summary>
    void Ended(StoredExecution execution);

    /// <summary>Called when an execution has left memory.</summary>
    void Closed(ExecutionRuntime runtime);
}

/// <summary>Makes the loggers that functions write to.</summary>
internal interface ILoggerSource
{
    Microsoft.Extensions.Logging.ILogger For(string function);

    Microsoft.Extensions.Logging.ILogger Engine { get; }
}
