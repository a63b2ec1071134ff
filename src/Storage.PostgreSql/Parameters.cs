using Kontinue.Engine.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Adds positional parameters.</summary>
internal static class Parameters
{
    public static NpgsqlParameterCollection AddValue<T>(this NpgsqlParameterCollection parameters, T value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter { Value = value is null ? DBNull.Value : value, NpgsqlDbType = type });
        return parameters;
    }

    public static NpgsqlParameterCollection AddSilo(this NpgsqlParameterCollection parameters, SiloId silo) =>
        parameters.AddValue(silo.Value, NpgsqlDbType.Uuid);

    public static NpgsqlParameterCollection AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset time) =>
        parameters.AddValue(RowReader.ToDatabase(time), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection AddTexts(this NpgsqlParameterCollection parameters, IEnumerable<string> texts) =>
        parameters.AddValue(texts.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameterCollection AddKeys(this NpgsqlParameterCollection parameters, IReadOnlyList<ExecutionKey> keys) =>
        parameters.AddTexts(keys.Select(key => key.Namespace)).AddTexts(keys.Select(key => key.Name));
}
