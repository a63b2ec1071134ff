using Kontinue.Client.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;
using static Kontinue.Client.Tests.Support.Given;

namespace Kontinue.Client.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task Clients_WithNames_HaveServersAndOptionsOfTheirOwn()
    {
        await using FakeServer one = await FakeServer.StartAsync();
        await using FakeServer two = await FakeServer.StartAsync();
        var api = new FakeApi();
        api.Put("x");
        one.OnRequest = two.OnRequest = api.Handle;
        await using ServiceProvider services = new ServiceCollection()
            .AddKontinueClient(one.Address, o => o.BearerToken = "default")
            .AddKontinueClient("two", two.Address, o => o.BearerToken = "second")
            .BuildServiceProvider();
        await services.GetRequiredService<IKontinueClient>().GetAsync(X);
        await services.GetRequiredKeyedService<IKontinueClient>("two").GetAsync(X);
        Assert.Equal("Bearer default", one.All.Single().Authorization);
        Assert.Equal("Bearer second", two.All.Single().Authorization);
    }

    [Fact]
    public async Task TheContainer_ClosesTheClientsConnections()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        ServiceProvider services = new ServiceCollection().AddKontinueClient(server.Address).BuildServiceProvider();
        var client = services.GetRequiredService<IKontinueClient>();
        await services.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetAsync(X));
    }

    [Fact]
    public async Task AnHttpClientOfTheCallers_StaysOpen()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        using HttpClient http = KontinueHttp.Create(server.Address);
        new KontinueHttpClient(http).Dispose();
        Assert.True((await http.GetAsync(new Uri("x", UriKind.Relative))).IsSuccessStatusCode);
    }

    [Fact]
    public void AllWrongSettings_AreNamedAtOnce()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddKontinueClient(new Uri("http://x"), o =>
            {
                o.Group = "";
                o.MaxAttempts = 0;
                o.Backoff = TimeSpan.FromSeconds(-1);
                o.MaxBackoff = TimeSpan.FromHours(1);
                o.MaxRetryAfter = TimeSpan.FromHours(1);
                o.RequestTimeout = TimeSpan.Zero;
                o.MaxAnswerBytes = 1;
                o.MaxEventBytes = 1;
                o.WatchIdleTimeout = TimeSpan.Zero;
                o.WatchPatience = TimeSpan.FromDays(2);
                o.BearerToken = "with space";
                o.BearerTokenFile = "/nowhere/token";
                o.ClientKeyFile = "/nowhere/key";
                o.CertificateAuthorityFile = "/nowhere/ca";
            })
            .BuildServiceProvider();
        var e = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        string[] names = ["Group", "MaxAttempts", "Backoff", "MaxBackoff", "MaxRetryAfter", "RequestTimeout", "MaxAnswerBytes", "MaxEventBytes",
            "WatchIdleTimeout", "WatchPatience", "BearerToken", "BearerTokenFile", "ClientKeyFile", "CertificateAuthorityFile"];
        Assert.All(names, name => Assert.Contains(e.Failures, f => f.StartsWith(name + " ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("x/y")]
    public void AnAddress_ThatIsNone_IsRefused(string address) =>
        Assert.Contains("http://127.0.0.1:8080", Assert.Throws<ArgumentException>(() => new KontinueHttpClient(new Uri(address, UriKind.RelativeOrAbsolute))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task APathInTheAddress_AndAnotherGroup_AreKept()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        using var client = new KontinueHttpClient(new Uri(server.Address, "/behind/proxy"), new KontinueClientOptions { Group = "durable.example.com" });
        server.OnRequest = asked => new Answer(201, asked.Body);
        await client.CreateAsync(Hello("x"));
        Assert.Equal("/behind/proxy/apis/durable.example.com/v1alpha1/namespaces/default/executions", server.All.Single().Path);
        Assert.Contains("\"apiVersion\":\"durable.example.com/v1alpha1\"", server.All.Single().Body, StringComparison.Ordinal);
    }
}
