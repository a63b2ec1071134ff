using System.Reflection;
using System.Text.RegularExpressions;
using Kontinue.Client;
using Kontinue.Grains.Client;
using Kontinue.Grains.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

public sealed partial class RegistrationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_is_added_before_or_after_the_client_of_Orleans(bool before)
    {
        using IHost host = Build(services => services.AddKontinueGrainClient(), before);
        Assert.IsType<GrainKontinueClient>(host.Services.GetRequiredService<IKontinueClient>());
        Assert.Equal(TimeSpan.FromSeconds(2), host.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.GatewayListRefreshPeriod);
    }

    [Fact]
    public void Added_twice_it_is_there_once_with_both_settings()
    {
        using IHost host = Build(
            services => services.AddKontinueGrainClient(o => o.RequestTimeout = TimeSpan.FromSeconds(7)).AddKontinueGrainClient(o => o.MaxBackoff = TimeSpan.FromSeconds(9)),
            before: true);
        Assert.Single(host.Services.GetServices<IKontinueClient>());
        GrainClientOptions options = host.Services.GetRequiredService<IOptions<GrainClientOptions>>().Value;
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(9)), (options.RequestTimeout, options.MaxBackoff));
    }

    [Fact]
    public void Settings_that_cannot_work_are_all_named()
    {
        using IHost host = Build(
            services => services.AddKontinueGrainClient(o =>
            {
                o.StartTimeout = TimeSpan.FromDays(1);
                o.RequestTimeout = TimeSpan.Zero;
                o.AttemptTimeout = TimeSpan.FromHours(1);
                o.Backoff = TimeSpan.FromSeconds(-1);
                o.MaxBackoff = TimeSpan.FromHours(1);
                o.WatchIdleTimeout = TimeSpan.Zero;
                o.WatchPatience = TimeSpan.FromDays(2);
            }),
            before: true);
        OptionsValidationException wrong = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IKontinueClient>());
        Assert.Equal(
            typeof(GrainClientOptions).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal),
            wrong.Failures.Select(failure => failure.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_silo_the_start_fails_in_time_and_says_what_to_look_at(bool before)
    {
        using IHost host = Build(services => services.AddKontinueGrainClient(o => o.StartTimeout = TimeSpan.FromSeconds(1)), before, port: 1);
        UnavailableException e = await Assert.ThrowsAsync<UnavailableException>(() => host.StartAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.StartsWith("No silo of cluster 'shop-cluster' took this client in within 1s. Check that silos run and have a gateway port", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_application_has_set_for_its_start_stays()
    {
        bool wasAsked = false;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client.UseLocalhostClustering(1, "shop", "shop-cluster").UseConnectionRetryFilter((_, _) => Task.FromResult(!(wasAsked = true))));
        builder.Services.AddKontinueGrainClient();
        using IHost host = builder.Build();
        await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(wasAsked);
    }

    [Fact]
    public async Task One_that_was_not_started_says_so()
    {
        using IHost host = Build(services => services.AddKontinueGrainClient(o => o.RequestTimeout = TimeSpan.FromMilliseconds(100)), before: true);
        UnavailableException e = await Assert.ThrowsAsync<UnavailableException>(() => host.Services.GetRequiredService<IKontinueClient>().ListSilosAsync());
        Assert.Contains("shop-cluster", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The page is held against the options of all other layers by the architecture tests, which build without Orleans.</summary>
    [Fact]
    public void Every_setting_is_documented()
    {
        string page = File.ReadAllText(Path.Combine(Repository.FindRoot(), "docs", "configuration.md"));
        int start = page.IndexOf($"## {nameof(GrainClientOptions)}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/configuration.md has no section '## {nameof(GrainClientOptions)}'.");
        int end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        string section = end < 0 ? page[start..] : page[start..end];
        Assert.Equal(
            typeof(GrainClientOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name).Order(StringComparer.Ordinal),
            Row().Matches(section).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    private static IHost Build(Action<IServiceCollection> add, bool before, int port = 30000)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (before)
        {
            add(builder.Services);
        }

        builder.UseOrleansClient(client => client.UseLocalhostClustering(port, serviceId: "shop", clusterId: "shop-cluster"));
        if (!before)
        {
            add(builder.Services);
        }

        return builder.Build();
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
