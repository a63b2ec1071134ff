using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Kontinue.Silo.Settings;

/// <summary>
/// Reads a section of the configuration into an options object. Durations are written as everywhere in Kontinue (<c>10s</c>, <c>1m30s</c>) or as .NET does
/// (<c>00:00:10</c>); a name that is no setting is refused, because whoever wrote it believes that it does something.
/// </summary>
internal static class SettingsSection
{
    /// <exception cref="SiloStartException">A setting does not exist, or its value cannot be read; the message names it.</exception>
    public static void Bind(IConfiguration configuration, string path, object options)
    {
        IConfigurationSection section = configuration.GetSection(path);
        Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, string? value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (key.Length > 0 && value is not null)
            {
                values[key] = Normalize(options.GetType(), path, key, value);
            }
        }

        try
        {
            new ConfigurationBuilder().AddInMemoryCollection(values).Build().Bind(options);
        }
        catch (InvalidOperationException e)
        {
            string key = values.Keys.FirstOrDefault(k => e.Message.Contains($"'{k}'", StringComparison.OrdinalIgnoreCase)) ?? "";
            throw new SiloStartException($"{path}:{key} cannot be '{values.GetValueOrDefault(key)}': {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private static string Normalize(Type type, string path, string key, string value)
    {
        if (TypeOf(type, path, key) != typeof(TimeSpan) || value.Contains(':', StringComparison.Ordinal))
        {
            return value;
        }

        // A bare number would be days.
        return Duration.TryParse(value, out TimeSpan duration)
            ? duration.ToString("c")
            : throw new SiloStartException($"{path}:{key} cannot be '{value}'. Write a number and a unit, such as 250ms, 10s or 1m30s.");
    }

    /// <summary>The type of the property that a key leads to; of a list, whatever its entries are, the list's.</summary>
    private static Type TypeOf(Type type, string path, string key)
    {
        string[] parts = key.Split(ConfigurationPath.KeyDelimiter);
        for (int i = 0; i < parts.Length; i++)
        {
            PropertyInfo property = Array.Find(type.GetProperties(), p => string.Equals(p.Name, parts[i], StringComparison.OrdinalIgnoreCase) && IsSetting(p))
                ?? throw Unknown(type, string.Join(ConfigurationPath.KeyDelimiter, [path, .. parts[..i]]), parts[i]);
            type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsGenericType)
            {
                break;
            }
        }

        return type;
    }

    private static bool IsSetting(PropertyInfo property)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan) || type == typeof(IList<string>) ||
            (type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.Assembly.GetName().Name!.StartsWith("Kontinue.", StringComparison.Ordinal));
    }

    private static SiloStartException Unknown(Type type, string path, string name) => new(
        $"{path}:{name} is no setting. There are: {string.Join(", ", type.GetProperties().Where(IsSetting).Select(p => p.Name).Order(StringComparer.Ordinal))}.");
}
