using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Hosting.Conformance;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kontinue.Engine.Tests.Hosts;

/// <summary>The store goes away behind a change that it has stored: who asked must not be told that nothing was done, for then he may ask again.</summary>
public sealed class StoreLostAfterTests : IAsyncLifetime
{
    private readonly HostSetup _setup;
    private readonly CutStore _way;
    private readonly ServiceProvider _services;
    private volatile bool _isMended;

    public StoreLostAfterTests()
    {
        _setup = new HostSetup(
            k => k
                .AddFunction("waits", (KontinueContext ktx) => ktx.Event<int>("go"))
                .AddFunction("fails", (KontinueContext ktx) => ktx.Step("a", () => _isMended ? 1 : throw new NonRetryableException("Not yet."))))
        {
            Lease = TimeSpan.FromSeconds(2),
        };
        _way = _setup.Connect();
        var services = new ServiceCollection();
        services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddKontinue(kontinue => _setup.Apply(kontinue, _way, "silo-1"));
        _services = services.BuildServiceProvider();
    }

    private IKontinueClient Client => _services.GetRequiredService<IKontinueClient>();

    private EmbeddedHost Host => _services.GetRequiredService<EmbeddedHost>();

    public Task InitializeAsync() => Host.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        _way.Mend();
        await Host.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Who_waits_for_what_he_has_created_hears_that_it_may_be_there()
    {
        Task<Execution> created = Client.CreateAsync(New("waits", "one"), TimeSpan.FromSeconds(60));
        await Eventually.HoldsAsync(async () => await _setup.Store.ReadAsync(Key("one"), CancellationToken.None) is { Phase: ExecutionPhase.Suspended });
        _way.Cut();
        Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => created.WaitAsync(Eventually.Deadline))).MayHaveBeenDone);
    }

    [Fact]
    public async Task A_retry_that_is_stored_is_not_said_to_have_been_refused()
    {
        await Client.CreateAsync(New("fails", "one"), TimeSpan.FromSeconds(60));
        _isMended = true;
        CutBehind(nameof(IExecutionStore.CommitAsync));
        Assert.True((await Assert.ThrowsAsync<UnavailableException>(() => Client.RetryAsync(Key("one")))).MayHaveBeenDone);
        _way.Mend();
        await Eventually.HoldsAsync(async () => await _setup.Store.ReadAsync(Key("one"), CancellationToken.None) is { Phase: ExecutionPhase.Completed });
    }

    [Fact]
    public async Task An_update_whose_answer_is_lost_may_have_been_made()
    {
        await Client.CreateAsync(New("waits", "one"));
        _way.Lose(nameof(IExecutionStore.UpdateSettingsAsync));
        UnavailableException lost = await Assert.ThrowsAsync<UnavailableException>(() => Client.UpdateAsync(
            Key("one"), now => now with { Metadata = now.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } }));
        Assert.True(lost.MayHaveBeenDone);
        Assert.Equal("b", (await Client.GetAsync(Key("one"))).Metadata.Labels!["a"]);
    }

    [Fact]
    public async Task What_could_not_be_read_was_not_done()
    {
        await Client.CreateAsync(New("waits", "one"));
        _way.Cut();
        Assert.False((await Assert.ThrowsAsync<UnavailableException>(() => Client.CancelAsync(Key("one")))).MayHaveBeenDone);
    }

    private static ExecutionKey Key(string name) => new(ExecutionKey.DefaultNamespace, name);

    private static Execution New(string function, string name) => new()
    {
        Metadata = new ObjectMetadata { Name = name }, Spec = new ExecutionSpec { Function = function },
    };

    private void CutBehind(string method) => _way.PassedOn = passed =>
    {
        if (passed == method)
        {
            _way.PassedOn = null;
            _way.Cut();
        }
    };
}
