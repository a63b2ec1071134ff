using Kontinue.Client;
using Kontinue.Client.Rules;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Semantics;

/// <summary>The client in the process of a host.</summary>
public sealed class InProcessClientRules : ClientRules, IAsyncLifetime
{
    private TestHost _host = null!;

    protected override IKontinueClient Client => _host.Client;

    public async Task InitializeAsync() => _host = await TestHost.StartAsync(ClientFunctions.AddTo);

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
