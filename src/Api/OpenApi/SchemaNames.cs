using Kontinue.Resources;

namespace Kontinue.Api.OpenApi;

/// <summary>What schemas are called: Kubernetes' own names for what is Kubernetes' own, the group backwards for the rest.</summary>
internal sealed class SchemaNames(ApiGroup group)
{
    public const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private readonly string _prefix = $"{string.Join('.', group.Name.Split('.').Reverse())}.{ApiGroup.Version}.";

    public string Of(Type type) => type switch
    {
        _ when type == typeof(ObjectMetadata) => Meta + "ObjectMeta",
        _ when type == typeof(ListMetadata) => Meta + "ListMeta",
        _ when type == typeof(ErrorStatus) => Meta + "Status",
        _ when type == typeof(StatusDetails) || type == typeof(StatusCause) || type == typeof(OwnerReference) => Meta + type.Name,
        _ => _prefix + type.Name,
    };
}
