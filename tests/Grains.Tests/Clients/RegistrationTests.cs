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
        Assert.Equal(TimeSpan.FromSeconds(5), host.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.GatewayListRefreshPeriod);
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

    private static IHost Build(Action<IServiceCollection> add, bool before)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (before)
        {
            add(builder.Services);
        }

        builder.UseOrleansClient(client => client.UseLocalhostClustering(serviceId: "shop", clusterId: "shop-cluster"));
        if (!before)
        {
            add(builder.Services);
        }

        return builder.Build();
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
