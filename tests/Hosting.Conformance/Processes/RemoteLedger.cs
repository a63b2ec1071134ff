using System.Net.Http.Json;

namespace Kontinue.Hosting.Conformance.Processes;

/// <summary>The ledger of a rule, as other processes have it: behind a <see cref="LedgerServer"/>.</summary>
internal sealed class RemoteLedger(Uri server) : ILedger
{
    // A gate may be shut for as long as a rule takes.
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public Task<int> NoteAsync(string execution, string step) => AskAsync<int>($"{LedgerServer.Note}/{execution}/{step}");

    /// <inheritdoc/>
    public Task EnterAsync() => TellAsync(LedgerServer.Enter);

    /// <inheritdoc/>
    public Task LeaveAsync() => TellAsync(LedgerServer.Leave);

    /// <inheritdoc/>
    public Task<bool> IsOpenAsync(string gate) => AskAsync<bool>($"{LedgerServer.IsOpen}/{gate}");

    /// <inheritdoc/>
    public Task WhenOpenAsync(string gate) => TellAsync($"{LedgerServer.WhenOpen}/{gate}");

    private async Task TellAsync(string what)
    {
        using HttpResponseMessage response = await PostAsync(what).ConfigureAwait(false);
    }

    private async Task<T?> AskAsync<T>(string what)
    {
        using HttpResponseMessage response = await PostAsync(what).ConfigureAwait(false);
        return await response.Content.ReadFromJsonAsync<T>().ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> PostAsync(string what) =>
        (await _http.PostAsync(new Uri(what, UriKind.Relative), content: null).ConfigureAwait(false)).EnsureSuccessStatusCode();
}
