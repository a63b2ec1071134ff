using Kontinue.Testing.PostgreSql;
using Xunit;

namespace Kontinue.Crash.Tests.Harness;

/// <summary>A PostgreSQL server for one test, or the reason why there is none.</summary>
internal static class TestServer
{
    public static async Task<PrivatePostgres> StartAsync()
    {
        Skip.IfNot(PrivatePostgres.TryFind(out string reason), reason);
        return await PrivatePostgres.StartNewAsync();
    }
}
