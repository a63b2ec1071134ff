namespace Kontinue.Jobs.Local;

/// <summary>Lets jobs run in the order in which they came, so many at once, and so many of one function.</summary>
internal sealed class JobQueue(int maxRunning, int? maxPerFunction)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<LocalJob> _waiting = new();
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);
    private int _total;

    /// <summary>Jobs that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Jobs that run.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    public void Add(LocalJob job)
    {
        lock (_gate)
        {
            _waiting.AddLast(job);
        }
    }

    /// <summary>Counts one that runs already, whether there is room or not.</summary>
    public void Count(LocalJob job)
    {
        lock (_gate)
        {
            Take(job);
        }
    }

    /// <summary>Takes the first that may run now; null: none may. One that was stopped while it waited needs no room.</summary>
    public LocalJob? TakeNext()
    {
        lock (_gate)
        {
            for (LinkedListNode<LocalJob>? node = _waiting.First; node is not null; node = node.Next)
            {
                LocalJob job = node.Value;
                bool hasRoom = _total < maxRunning && (maxPerFunction is null || _running.GetValueOrDefault(job.Function) < maxPerFunction);
                if (hasRoom || job.Stopped.IsCompleted)
                {
                    _waiting.Remove(node);
                    Take(job);
                    return job;
                }
            }

            return null;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Release(LocalJob job)
    {
        lock (_gate)
        {
            _total--;
            if (--_running[job.Function] == 0)
            {
                _running.Remove(job.Function);
            }
        }
    }

    private void Take(LocalJob job)
    {
        _total++;
        _running[job.Function] = _running.GetValueOrDefault(job.Function) + 1;
    }
}
