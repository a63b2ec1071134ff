using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>A PostgreSQL server for one test, or the reason why there is none.</summary>
internal static class TestServer
{
    public static async Task<PrivatePostgres> StartAsync()
    {
        Skip.IfNot(PrivatePostgres.IsAvailable, "There is no PostgreSQL here (initdb is not found).");
        return await PrivatePostgres.StartAsync();
    }
}
