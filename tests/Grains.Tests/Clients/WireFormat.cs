using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kontinue.Engine.Signals;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Client.Serialization;
using Kontinue.Grains.Hosting;
using Kontinue.Grains.Placement;
using Kontinue.Resources;
using Orleans.CodeGeneration;
using Orleans.Metadata;
using Orleans.Services;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>Says in lines what silos and clients of other versions rely on: names, numbers and types of all that is sent.</summary>
internal sealed class WireFormat(GrainTypeResolver grains, GrainInterfaceTypeResolver interfaces)
{
    private readonly SortedSet<string> _lines = new(StringComparer.Ordinal);
    private readonly HashSet<Type> _seen = [];

    public IReadOnlyCollection<string> Describe()
    {
        Type[] types = [.. new[] { typeof(IExecutionGrain).Assembly, typeof(KontinueSiloBuilderExtensions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Namespace?.StartsWith("Kontinue", StringComparison.Ordinal) == true)];
        foreach (Type type in types)
        {
            if (type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))
            {
                AddInterface(type);
            }
            else if (type is { IsClass: true, IsAbstract: false } && typeof(IGrain).IsAssignableFrom(type))
            {
                _lines.Add($"grain {grains.GetGrainType(type)}");
            }
            else if (type.GetCustomAttribute<GenerateSerializerAttribute>() is not null)
            {
                AddSerialized(type);
            }

            foreach (Type converter in type.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConverter<,>)))
            {
                _lines.Add($"converted {Name(converter.GenericTypeArguments[0])} as {Alias(converter.GenericTypeArguments[1])}");
                AddSent(converter.GenericTypeArguments[1]);
            }
        }

        AddNumbers<ErrorKind>();
        AddNumbers<SignalKind>();
        foreach (string key in new[] { GrainCalls.FunctionKey, GrainCalls.GroupKey })
        {
            _lines.Add($"request context {key}");
        }

        foreach (string key in new[] { SiloCatalog.IdKey, SiloCatalog.GroupKey, SiloCatalog.FunctionsKey, SiloCatalog.TimingsKey })
        {
            _lines.Add($"silo metadata {key}");
        }

        return _lines;
    }

    /// <summary>Kinds that are sent as numbers.</summary>
    private void AddNumbers<T>()
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            _lines.Add($"number {typeof(T).Name}.{value}: {value:D}");
        }
    }

    private void AddInterface(Type type)
    {
        // Who calls a grain service has to compute its number from its type's name.
        string id = typeof(IGrainService).IsAssignableFrom(type) ? Name(type) : interfaces.GetGrainInterfaceType(type).ToString();
        _lines.Add($"interface {id}, alias {Alias(type)}, version {type.GetCustomAttribute<VersionAttribute>()?.Version ?? 0}");
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public))
        {
            string alias = method.GetCustomAttribute<AliasAttribute>()?.Alias ?? "?";
            _lines.Add($"call {Alias(type)}.{alias}({string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)))}) gives {Name(method.ReturnType)}");
            foreach (Type sent in method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType))
            {
                AddSent(sent);
            }
        }
    }

    private void AddSerialized(Type type)
    {
        _lines.Add($"type {Alias(type)}");
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (MemberInfo member in type.GetMembers(all))
        {
            if (member.GetCustomAttribute<IdAttribute>() is { } id)
            {
                Type sent = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
                _lines.Add($"member {Alias(type)}.{id.Id}: {member.Name}, {Name(sent)}");
                AddSent(sent);
            }
        }
    }

    private void AddSent(Type type)
    {
        foreach (Type part in type.IsGenericType ? type.GenericTypeArguments : type.HasElementType ? [type.GetElementType()!] : Type.EmptyTypes)
        {
            AddSent(part);
        }

        if (KontinueSerializerExtensions.IsResource(type) && !type.IsInterface)
        {
            AddJson(type);
        }
    }

    private void AddJson(Type type)
    {
        if (!_seen.Add(type))
        {
            return;
        }

        JsonTypeInfo json = KontinueSerializerExtensions.CreateJson().GetTypeInfo(type);
        _lines.Add($"json {Name(type)}");
        if (type.IsEnum)
        {
            foreach (object value in Enum.GetValues(type))
            {
                _lines.Add($"json {Name(type)}: {value} is {JsonSerializer.Serialize(value, json)}");
            }
        }

        foreach (JsonPropertyInfo property in json.Properties)
        {
            _lines.Add($"json {Name(type)}.{property.Name}: {Name(property.PropertyType)}");
            AddParts(property.PropertyType);
        }
    }

    private void AddParts(Type type)
    {
        foreach (Type part in type.IsGenericType ? type.GenericTypeArguments : type.HasElementType ? [type.GetElementType()!] : [type])
        {
            if (part != type)
            {
                AddParts(part);
            }
            else if (part.Assembly == typeof(Execution).Assembly)
            {
                AddJson(part);
            }
        }
    }

    private static string Alias(Type type) => type.GetCustomAttribute<AliasAttribute>()?.Alias ?? Name(type);

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>"
        : type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.Namespace?.StartsWith("Kontinue", StringComparison.Ordinal) == true ? $"{type.FullName}/{type.Assembly.GetName().Name}"
        : type.Name;
}
