using System.Globalization;
using Kontinue.Client;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.EndToEnd.Tests.Support;

/// <summary>What somebody knows who only watches, through connections that break.</summary>
internal sealed class WatchView : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _shown = [];
    private readonly HashSet<string> _seen = [];
    private readonly KontinueHttpClient _client;
    private readonly CutConnections _connections;
    private readonly ExecutionSelector _selector;
    private readonly Task _reading;

    /// <param name="client">Its connections are those of <paramref name="connections"/>.</param>
    /// <param name="connections">Break.</param>
    /// <param name="selector">What is watched.</param>
    /// <param name="version">Of a list in which nothing was selected.</param>
    public WatchView(KontinueHttpClient client, CutConnections connections, ExecutionSelector selector, string version)
    {
        (_client, _connections, _selector) = (client, connections, selector);
        _reading = ReadAsync(version);
    }

    public int Cuts => _connections.Cuts;

    /// <summary>The names of all that was told of, deleted since or not.</summary>
    public IReadOnlySet<string> Seen
    {
        get
        {
            lock (_lock)
            {
                return _seen.ToHashSet();
            }
        }
    }

    /// <summary>Waits until it shows what there is, and no more.</summary>
    public async Task ExpectAsync(IReadOnlyList<Execution> all)
    {
        var expected = all.Where(_selector.Selects).ToDictionary(e => e.Metadata.Name!, Describe);
        using var late = new CancellationTokenSource(Deadline);
        while (!Shows(expected, out string difference))
        {
            if (_reading.IsCompleted)
            {
                await _reading;
            }

            try
            {
                await Task.WhenAny(_changed.WaitAsync(late.Token), _reading).Unwrap();
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Waited {Deadline.TotalSeconds} s in vain for the watch of {_selector} to show what there is: {difference}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _reading;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        _client.Dispose();
        _stop.Dispose();
    }

    private static string Describe(Execution e) =>
        $"{e.Metadata.Uid} {e.Metadata.ResourceVersion} {e.Status!.Phase} {string.Join(",", (e.Metadata.Labels ?? new Dictionary<string, string>()).Select(l => l.Key + "=" + l.Value))}";

    private async Task ReadAsync(string version)
    {
        long last = 0;
        await foreach (ExecutionEvent change in _client.WatchAsync(new WatchQuery { Selector = _selector, ResourceVersion = version }, _stop.Token))
        {
            long now = long.Parse(change.ResourceVersion, CultureInfo.InvariantCulture);
            Assert.True(now >= last, $"The watch told of version {now} after {last}.");
            last = now;
            lock (_lock)
            {
                Apply(change);
            }

            _changed.Release();
        }
    }

    private void Apply(ExecutionEvent change)
    {
        if (change.Execution is not { } execution)
        {
            return;
        }

        string name = execution.Metadata.Name!;
        _seen.Add(name);
        if (change.Type == ExecutionEventType.Deleted)
        {
            _shown.Remove(name);
        }
        else
        {
            _shown[name] = Describe(execution);
        }
    }

    private bool Shows(Dictionary<string, string> expected, out string difference)
    {
        lock (_lock)
        {
            string[] missing = [.. expected.Where(e => _shown.GetValueOrDefault(e.Key) != e.Value).Take(3).Select(e => $"{e} is shown as '{_shown.GetValueOrDefault(e.Key)}'")];
            string[] surplus = [.. _shown.Where(s => !expected.ContainsKey(s.Key)).Take(3).Select(s => $"{s} is not there")];
            difference = string.Join("; ", [.. missing, .. surplus]);
            return difference.Length == 0;
        }
    }
}
