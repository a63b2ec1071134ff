using System.Text.Json;
using Kontinue.Engine.Storage;
using Kontinue.Resources;

namespace Kontinue.Engine.Functions;

/// <summary>This silo's functions as resources. They are fixed once the host has started, so they are described once.</summary>
internal sealed class FunctionCatalog
{
    private const string Version = "1";

    private readonly Lazy<FunctionList> _list;

    public FunctionCatalog(FunctionRegistry functions, KontinueOptions options, TimeProvider time)
    {
        DateTimeOffset since = time.GetUtcNow();
        _list = new Lazy<FunctionList>(() => Describe(functions, new TypeSchemas(options.Json), options.WorkerGroup, since));
    }

    /// <summary>All functions, by name.</summary>
    public FunctionList List => _list.Value;

    /// <summary>What other silos are told of them.</summary>
    public IReadOnlyList<FunctionRegistration> Registrations =>
        [.. List.Items.Select(f => new FunctionRegistration(f.Metadata.Name!, Serialize(f.Spec)))];

    /// <summary>A function of which another silo has told.</summary>
    /// <param name="row">As it was registered.</param>
    /// <param name="spec">What was told of it.</param>
    public static Function Describe(FunctionRow row, FunctionSpec spec) =>
        Describe(row.Name, spec with { WorkerGroup = row.WorkerGroup }, row.RegisteredAt);

    /// <summary>One function that several groups have: names in a list are unique, as Kubernetes' tools expect.</summary>
    /// <param name="same">What each group says of it; at least one.</param>
    public static Function Merge(IReadOnlyList<Function> same)
    {
        Function last = same.MaxBy(f => f.Metadata.CreationTimestamp)!;
        return same.Count == 1 ? last : last with
        {
            Spec = last.Spec with
            {
                WorkerGroup = null,
                WorkerGroups = [.. same.Select(f => f.Spec.WorkerGroup).OfType<string>().Order(StringComparer.Ordinal)],
            },
        };
    }

    private static FunctionList Describe(FunctionRegistry functions, TypeSchemas schemas, string group, DateTimeOffset since) => new()
    {
        Metadata = new ListMetadata { ResourceVersion = Version },
        Items =
        [
            .. functions.All
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => Describe(f.Name, Describe(f, schemas) with { WorkerGroup = group }, since)),
        ],
    };

    private static Function Describe(string name, FunctionSpec spec, DateTimeOffset since) => new()
    {
        Metadata = new ObjectMetadata { Name = name, ResourceVersion = Version, CreationTimestamp = since },
        Spec = spec,
    };

    private static JsonPayload Serialize(FunctionSpec spec) =>
        new(JsonSerializer.SerializeToUtf8Bytes(spec, KontinueJsonContext.Writing.FunctionSpec));

    private static FunctionSpec Describe(FunctionDefinition function, TypeSchemas schemas)
    {
        FunctionOptions options = function.Options;
        ConcurrencyOptions concurrency = options.Concurrency;
        return new FunctionSpec
        {
            Description = options.Description,
            Arguments = schemas.For(function.ArgumentType),
            Result = schemas.For(function.ResultType),
            Retry = options.Retry == RetryPolicy.None && options.ChildPolicy == ChildPolicy.None
                ? null
                : RetrySpec.From(options.Retry, options.ChildPolicy),
            Timeout = options.AttemptTimeout is null && options.OverallTimeout is null
                ? null
                : new TimeoutSpec { Attempt = options.AttemptTimeout, Overall = options.OverallTimeout },
            Ttl = options.Ttl,
            Concurrency = concurrency.Limit is null && concurrency.KeyLimit == 1
                ? null
                : new ConcurrencySpec { Limit = concurrency.Limit, KeyLimit = concurrency.KeyLimit == 1 ? null : concurrency.KeyLimit },
        };
    }
}
