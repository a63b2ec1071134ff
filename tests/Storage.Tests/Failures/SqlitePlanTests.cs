using System.Reflection;
using Kontinue.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Kontinue.Storage.Tests.Failures;

/// <summary>A page takes the same time however many executions there are: it is read from an index that has them in its order.</summary>
public sealed class SqlitePlanTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");

    public SqlitePlanTests()
    {
        _connection.Open();
        foreach ((_, string text) in Sql.Migrations)
        {
            using SqliteCommand command = _connection.CreateCommand();
            command.CommandText = text;
            command.ExecuteNonQuery();
        }
    }

    public void Dispose() => _connection.Dispose();

    [Theory]
    [InlineData("ListRows", "sqlite_autoindex_executions_1 ((namespace,name)>(?,?))")]
    [InlineData("ListRowsOfNamespace", "sqlite_autoindex_executions_1 (namespace=? AND name>?)")]
    [InlineData("ListPhaseRows", "executions_phase (phase=? AND (namespace,name)>(?,?))")]
    [InlineData("ListPhaseRowsOfNamespace", "executions_phase (phase=? AND namespace=? AND name>?)")]
    [InlineData("ListFunctionRows", "executions_function (function=? AND (namespace,name)>(?,?))")]
    [InlineData("ListFunctionRowsOfNamespace", "executions_function (function=? AND namespace=? AND name>?)")]
    [InlineData("ListChildRows", "executions_parent (parent_uid=? AND (namespace,name)>(?,?))")]
    [InlineData("ListChildRowsOfNamespace", "executions_parent (parent_uid=? AND namespace=? AND name>?)")]
    [InlineData("FindDeletable", "executions_delete_at ((delete_at,uid)>(?,?) AND delete_at<?)")]
    public void A_page_is_one_search_of_its_index(string statement, string index) =>
        Assert.Equal([$"SEARCH e USING INDEX {index}"], Explain(statement));

    [Theory]
    [InlineData("FindUnowned", "executions USING INDEX executions_unowned (function=? AND worker_group=? AND wake_at>? AND wake_at<?)")]
    [InlineData("FindOrphaned", "executions USING INDEX executions_owner_wake_at (owner=? AND worker_group=? AND wake_at<?)")]
    [InlineData("FindWaiting", "executions USING INDEX executions_awaited (awaited_semaphore=? AND worker_group=?)")]
    [InlineData("FindTold", "e USING INDEX sqlite_autoindex_executions_1 (namespace=? AND name=?)")]
    [InlineData("CountPermits", "permits USING PRIMARY KEY (semaphore=?)")]
    [InlineData("DeletePermits", "permits USING PRIMARY KEY (semaphore=? AND uid=?)")]
    public void Queues_are_read_by_their_indexes(string statement, string index)
    {
        string[] plan = Explain(statement);
        Assert.Contains($"SEARCH {index}", plan);
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN e", StringComparison.Ordinal) || step.Contains("AUTOMATIC", StringComparison.Ordinal));
        Assert.Equal(statement == "FindTold", plan.Contains("USE TEMP B-TREE FOR ORDER BY"));
    }

    [Fact]
    public void Every_list_of_rows_is_looked_at() => Assert.Equal(8, typeof(Sql).GetFields().Count(field =>
        field.Name.StartsWith("List", StringComparison.Ordinal) && !field.Name.StartsWith("ListArchives", StringComparison.Ordinal)));

    [Fact]
    public void Changes_are_two_searches_by_version_that_are_merged()
    {
        string[] plan = Explain("ReadChanges");
        Assert.Contains("SEARCH e USING INDEX executions_resource_version (resource_version>? AND resource_version<?)", plan);
        Assert.Contains("SEARCH d USING PRIMARY KEY (version>? AND version<?)", plan);
        Assert.DoesNotContain(plan, step => step is "SCAN e" or "SCAN d" or "SCAN executions" or "SCAN deletions");
    }

    [Theory]
    [InlineData("MarkDeletion")]
    [InlineData("DeleteRow")]
    [InlineData("DeleteMessages")]
    [InlineData("PruneDeletions")]
    [InlineData("UpdateSettings")]
    public void Writes_find_their_rows_by_key(string statement) =>
        Assert.StartsWith("SEARCH", Assert.Single(Explain(statement)), StringComparison.Ordinal);

    private string[] Explain(string statement)
    {
        FieldInfo field = typeof(Sql).GetField(statement) ?? throw new ArgumentException($"There is no statement {statement}.");
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {field.GetValue(null)}";
        for (int i = 1; i <= 10; i++)
        {
            if (command.CommandText.Contains($"?{i}", StringComparison.Ordinal))
            {
                command.Parameters.AddWithValue($"?{i}", 1);
            }
        }

        using SqliteDataReader reader = command.ExecuteReader();
        List<string> steps = [];
        while (reader.Read())
        {
            steps.Add(reader.GetString(3));
        }

        return [.. steps];
    }
}
