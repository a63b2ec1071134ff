using Kontinue.Engine.Hosting;
using Kontinue.Engine.Storage;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Kontinue.Storage.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task The_last_store_named_is_the_hosts()
    {
        var services = new ServiceCollection();
        services.AddKontinue(k => k.UsePostgreSql("Host=localhost").UseSqlite("x.db", options => options.MaxReaders = 2));
        ServiceDescriptor registered = Assert.Single(services, service => service.ServiceType == typeof(IExecutionStore));
        await using SqliteStore store = Assert.IsType<SqliteStore>(registered.ImplementationFactory!(new NoServices()));
    }

    [Fact]
    public void Settings_out_of_range_are_refused_at_once()
    {
        var services = new ServiceCollection();
        services.AddKontinue(k =>
        {
            Assert.Throws<ArgumentException>(() => k.UseSqlite("x.db", options => options.MaxReaders = 0));
            Assert.Throws<ArgumentException>(() => k.UseSqlite("x.db", options => options.BusyTimeout = TimeSpan.FromSeconds(-1)));
            Assert.Throws<ArgumentException>(() => k.UseSqlite(" "));
            Assert.Throws<ArgumentException>(() => k.UsePostgreSql(""));
            Assert.Throws<ArgumentException>(() => k.UsePostgreSql("Host=x", options => options.MaxConcurrentCommits = 0));
            Assert.Throws<ArgumentException>(() => k.UsePostgreSql("Host=x", options => options.MaxConnections = 3));
            Assert.Throws<ArgumentException>(() => k.UsePostgreSql("Host=x", options => options.ConnectTimeout = TimeSpan.Zero));
        });
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
