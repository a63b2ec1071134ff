using System.Collections;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

/// <summary>
/// A statement over a set of rows, given as one array per column. The command and its arrays live as long as their connection, so that a
/// commit allocates nothing for them.
/// </summary>
/// <param name="sql">The statement.</param>
/// <param name="sqlForOne">The same for sets of one, where that is worth a statement of its own.</param>
internal abstract class SetStatement(string sql, string? sqlForOne = null)
{
    private readonly List<IList> _columns = [];

    // One command each: a command remembers the statement it was prepared as, whatever its text becomes.
    private readonly NpgsqlBatchCommand _forMany = new(sql);
    private readonly NpgsqlBatchCommand? _forOne = sqlForOne is null ? null : new(sqlForOne);

    public int Count => _columns[0].Count;

    /// <summary>The command for what has been added.</summary>
    public NpgsqlBatchCommand ToCommand() => Count == 1 && _forOne is not null ? _forOne : _forMany;

    public virtual void Clear() => _columns.ForEach(column => column.Clear());

    protected List<T> Column<T>(NpgsqlDbType type)
    {
        List<T> values = [];
        _columns.Add(values);
        Add(() => new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        return values;
    }

    /// <summary>Adds a parameter to both commands; each needs an object of its own.</summary>
    protected void Add(Func<NpgsqlParameter> create)
    {
        _forMany.Parameters.Add(create());
        _forOne?.Parameters.Add(create());
    }

    /// <summary>A parameter with the number of rows that the statement must find.</summary>
    protected ExpectedCount Expected()
    {
        var expected = new ExpectedCount();
        Add(expected.Create);
        return expected;
    }

    protected List<string> Text() => Column<string>(NpgsqlDbType.Text);

    protected List<Guid> Uuid() => Column<Guid>(NpgsqlDbType.Uuid);

    protected List<long> Bigint() => Column<long>(NpgsqlDbType.Bigint);

    protected List<bool> Boolean() => Column<bool>(NpgsqlDbType.Boolean);

    protected List<ReadOnlyMemory<byte>> Bytes() => Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Bytea);

    protected List<DateTime?> OptionalTime() => Column<DateTime?>(NpgsqlDbType.TimestampTz);
}

/// <summary>The parameter of both commands of a statement that says how many rows it must find.</summary>
internal sealed class ExpectedCount
{
    private readonly List<NpgsqlParameter<long>> _parameters = [];

    public NpgsqlParameter Create()
    {
        var parameter = new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint };
        _parameters.Add(parameter);
        return parameter;
    }

    public void Set(long count) => _parameters.ForEach(parameter => parameter.TypedValue = count);
}
