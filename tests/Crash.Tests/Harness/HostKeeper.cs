using Kontinue.Crash.Host;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>A host that is killed and started again; callers ask on until somebody answers.</summary>
internal sealed class HostKeeper(HostSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private TaskCompletionSource<HostProcess> _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HostProcess? _host;

    public HostProcess Host => _host ?? throw new InvalidOperationException("No host runs.");

    public async Task StartAsync()
    {
        _host = await HostProcess.StartAsync(settings);
        _current.TrySetResult(_host);
    }

    public async Task KillAsync()
    {
        HostProcess host = Host;
        _current = new TaskCompletionSource<HostProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        await host.KillAsync();
        await host.DisposeAsync();
    }

    /// <summary>Asks until a host answers something else than that it cannot just now.</summary>
    /// <returns>The answer, and whether the request may have been carried out more than once.</returns>
    public async Task<(HostResponse Response, bool Repeated)> AskAsync(HostRequest request)
    {
        using var deadline = new CancellationTokenSource(AnswerDeadline);
        string last = "no host was there";
        for (bool repeated = false; ; repeated = true)
        {
            try
            {
                HostProcess host = await _current.Task.WaitAsync(deadline.Token);
                HostResponse response = await host.SendAsync(request).WaitAsync(deadline.Token);
                if (response.ErrorType is not (nameof(UnavailableException) or "StoreException" or nameof(OperationCanceledException) or nameof(TaskCanceledException)))
                {
                    return (response, repeated);
                }

                last = response.Error!;
            }
            catch (HostGoneException gone)
            {
                last = gone.Message;
            }
            catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"No host answered '{request.Operation} {request.Name}' within {AnswerDeadline.TotalSeconds:F0} s; at last: {last}. The host logged:\n{_host?.Errors}", e);
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Asks until the answer is as it should be.</summary>
    /// <exception cref="TimeoutException">It was not in time; the message has the last answer.</exception>
    public async Task<HostResponse> AskUntilAsync(HostRequest request, Func<HostResponse, bool> accepts, string waitingFor)
    {
        using var deadline = new CancellationTokenSource(AnswerDeadline);
        while (true)
        {
            (HostResponse response, _) = await AskAsync(request);
            if (accepts(response))
            {
                return response;
            }

            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"Waited {AnswerDeadline.TotalSeconds:F0} s for {waitingFor}. The last answer: {response.Error} {response.Execution?.Status}. The host logged:\n{_host?.Errors}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }
}
