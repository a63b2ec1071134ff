using Kontinue.Resources;

namespace Kontinue.Engine.Functions;

/// <summary>The registered functions as resources. They are fixed once the host has started, so they are described once.</summary>
internal sealed class FunctionCatalog
{
    private const string Version = "1";

    private readonly Lazy<FunctionList> _list;

    public FunctionCatalog(FunctionRegistry functions, KontinueOptions options, TimeProvider time)
    {
        DateTimeOffset since = time.GetUtcNow();
        _list = new Lazy<FunctionList>(() => Describe(functions, new TypeSchemas(options.Json), since));
    }

    /// <summary>All functions, by name.</summary>
    public FunctionList List => _list.Value;

    private static FunctionList Describe(FunctionRegistry functions, TypeSchemas schemas, DateTimeOffset since) => new()
    {
        Metadata = new ListMetadata { ResourceVersion = Version },
        Items = [.. functions.All.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => Describe(f, schemas, since))],
    };

    private static Function Describe(FunctionDefinition function, TypeSchemas schemas, DateTimeOffset since)
    {
        FunctionOptions options = function.Options;
        return new Function
        {
            Metadata = new ObjectMetadata { Name = function.Name, ResourceVersion = Version, CreationTimestamp = since },
            Spec = new FunctionSpec
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
            },
        };
    }
}
