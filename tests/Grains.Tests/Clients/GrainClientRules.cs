using Kontinue.Client;
using Kontinue.Client.Rules;
using Kontinue.Grains.Tests.Support;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>The client over grain calls.</summary>
public sealed class GrainClientRules(GrainClientRules.Silos silos) : ClientRules, IClassFixture<GrainClientRules.Silos>
{
    protected override IKontinueClient Client => silos.Client;

    /// <summary>One cluster for all rules: each has names of its own.</summary>
    public sealed class Silos : IAsyncLifetime
    {
        private TestSilos _silos = null!;

        public IKontinueClient Client => _silos.Client;

        public async Task InitializeAsync() => _silos = await TestSilos.StartAsync(2, ClientFunctions.AddTo);

        public async Task DisposeAsync() => await _silos.DisposeAsync();
    }
}
