using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Tests.Support;

/// <summary>One life of a silo, from its start to its end.</summary>
internal sealed class HostInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private bool _isDisposed;

    public HostInstance(
        IExecutionStore shared, TimeProvider time, Action<KontinueBuilder> code, Action<KontinueOptions> configure, LogCapture log)
    {
        Store = new CrashableStore(shared);
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddKontinue(kontinue =>
        {
            kontinue.UseStore(_ => Store).Configure(configure);
            code(kontinue);
        });
        _services = services.BuildServiceProvider();
        Engine = _services.GetRequiredService<EmbeddedHost>();
        Client = _services.GetRequiredService<IKontinueClient>();
        Health = _services.GetRequiredService<IHostHealth>();
    }

    public CrashableStore Store { get; }

    public EmbeddedHost Engine { get; }

    public IKontinueClient Client { get; }

    public IHostHealth Health { get; }

    public T Service<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task StartAsync() => Engine.StartAsync(CancellationToken.None);

    public Task StopAsync() => Engine.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Store.IsAway = false;
        Store.Release();
        await Wait.For(StopAsync(), "the host's stop");
        await _services.DisposeAsync();
    }
}
