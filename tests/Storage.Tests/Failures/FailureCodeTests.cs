using System.Net.Sockets;
using Kontinue.Engine.Storage;
using Npgsql;
using Xunit;
using OfPostgreSql = Kontinue.Storage.PostgreSql.Failures;
using OfSqlite = Kontinue.Storage.Sqlite.Failures;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>Only what is said of the data is the call's fault.</summary>
public sealed class FailureCodeTests
{
    [Theory]
    [InlineData("22021")]
    [InlineData("22P05")]
    [InlineData("23502")]
    [InlineData("23514")]
    [InlineData("54000")]
    public void The_servers_word_on_data_is_lasting(string state) => Assert.False(OfPostgreSql.Translate(Error(state)).IsTransient);

    [Theory]
    [InlineData("0A000")]
    [InlineData("08P01")]
    [InlineData("25006")]
    [InlineData("26000")]
    [InlineData("28P01")]
    [InlineData("28000")]
    [InlineData("3D000")]
    [InlineData("3F000")]
    [InlineData("40001")]
    [InlineData("42501")]
    [InlineData("42703")]
    [InlineData("42883")]
    [InlineData("42P01")]
    [InlineData("53100")]
    [InlineData("53300")]
    [InlineData("55P03")]
    [InlineData("57014")]
    [InlineData("57P01")]
    [InlineData("58030")]
    [InlineData("P0001")]
    [InlineData("XX001")]
    public void The_servers_word_on_anything_else_is_transient(string state)
    {
        StoreException e = OfPostgreSql.Translate(Error(state));
        Assert.True(e.IsTransient);
        Assert.Contains(state, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("28P01", false)]
    [InlineData("28000", false)]
    [InlineData("3D000", false)]
    [InlineData("42501", false)]
    [InlineData("22021", false)]
    [InlineData("57P03", true)]
    [InlineData("53300", true)]
    public void A_wrong_setting_is_lasting_at_the_start(string state, bool isTransient) =>
        Assert.Equal(isTransient, OfPostgreSql.TranslateStart(Error(state)).IsTransient);

    [Fact]
    public void The_drivers_own_failures_are_transient()
    {
        Exception[] failures =
        [
            new NpgsqlException("x"), new SocketException(), new TimeoutException(), new IOException(), new EndOfStreamException(),
            new InvalidOperationException("Connection is not open"), new ObjectDisposedException("NpgsqlConnection"),
        ];
        Assert.All(failures, e =>
        {
            Assert.True(OfPostgreSql.Concerns(e));
            Assert.True(OfPostgreSql.Translate(e).IsTransient);
            Assert.True(OfPostgreSql.TranslateStart(e).IsTransient);
        });
    }

    [Theory]
    [InlineData(18, false)] // too big
    [InlineData(19, false)] // constraint
    [InlineData(1299, false)] // constraint: not null
    [InlineData(20, false)] // mismatch
    [InlineData(1, true)] // error, such as a missing table
    [InlineData(5, true)] // busy
    [InlineData(6, true)] // locked
    [InlineData(7, true)] // no memory
    [InlineData(8, true)] // read-only
    [InlineData(10, true)] // input and output
    [InlineData(778, true)] // input and output: write
    [InlineData(11, true)] // corrupt
    [InlineData(13, true)] // full
    [InlineData(14, true)] // cannot open
    [InlineData(17, true)] // schema changed
    [InlineData(26, true)] // not a database
    public void Of_SQLites_codes_only_those_on_data_are_lasting(int code, bool isTransient) =>
        Assert.Equal(isTransient, OfSqlite.Create(code, "message", "path").IsTransient);

    private static PostgresException Error(string state) => new("message", "ERROR", "ERROR", state);
}
