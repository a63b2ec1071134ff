namespace Kontinue.Engine.Runtime;

/// <summary>Work on the thread pool that tells when it is done.</summary>
internal interface IStepWork
{
    Task RunAsync();
}

/// <summary>Runs step bodies on the thread pool, so many at once; the others wait in the order in which they came.</summary>
internal sealed class StepRunner(int limit)
{
    // Keeps a step that ends at once, and sets off another one, from piling up on the stack.
    [ThreadStatic]
    private static bool _isInline;

    private readonly Lock _gate = new();
    private readonly Queue<IStepWork> _waiting = new();
    private int _running;
    private bool _closed;
    private TaskCompletionSource? _idle;

    /// <summary>Steps that are running now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Runs a piece of work as soon as there is a place for it.</summary>
    /// <param name="work">The work.</param>
    /// <param name="inline">Whether it may take the caller's thread, for as long as it likes.</param>
    public void Enqueue(IStepWork work, bool inline = false)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_running >= limit)
            {
                _waiting.Enqueue(work);
                return;
            }

            _running++;
        }

        if (inline && !_isInline)
        {
            _isInline = true;
            _ = RunAsync(work);
            _isInline = false;
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Runner.RunAsync(state.Work), (Runner: this, Work: work), preferLocal: true);
    }

    /// <summary>Starts nothing any more, and answers when what is running has ended.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.Clear();
            if (_running == 0)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private async Task RunAsync(IStepWork work)
    {
        IStepWork? next = work;
        while (next is not null)
        {
            try
            {
                await next.RunAsync().ConfigureAwait(false);
            }
            finally
            {
                next = Next();
            }
        }
    }

    private IStepWork? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out IStepWork? next))
            {
                return next;
            }

            _running--;
            if (_running == 0)
            {
                _idle?.TrySetResult();
            }

            return null;
        }
    }
}
