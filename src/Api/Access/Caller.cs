using Microsoft.Extensions.Primitives;

namespace Kontinue.Api.Access;

/// <summary>A role in a namespace.</summary>
/// <param name="Namespace">The namespace, or <c>*</c> for all, and for what spans or belongs to none.</param>
/// <param name="Role">The role.</param>
internal readonly record struct Grant(string Namespace, AccessRole Role)
{
    public const string AllNamespaces = "*";

    public bool Covers(AccessRole needed, string? ns) =>
        Role >= needed && (Namespace is AllNamespaces || (ns is not null && string.Equals(Namespace, ns, StringComparison.Ordinal)));
}

/// <summary>Who asks, and what he may do.</summary>
/// <param name="name">The user's name.</param>
/// <param name="groups">The user's groups.</param>
/// <param name="own">What he may do himself.</param>
/// <param name="policy">What users and groups may do; null: nothing beyond <paramref name="own"/>.</param>
internal sealed class Caller(string name, StringValues groups, Grant[] own, AccessPolicy? policy = null)
{
    /// <summary>The name of those who need not say who they are: Kubernetes' own.</summary>
    public const string AnonymousName = "system:anonymous";

    public static Caller AnonymousReader { get; } = new(AnonymousName, default, [new Grant(Grant.AllNamespaces, AccessRole.Viewer)]);

    public static Caller AnonymousAdmin { get; } = new(AnonymousName, default, [new Grant(Grant.AllNamespaces, AccessRole.Admin)]);

    public string Name { get; } = name;

    public StringValues Groups { get; } = groups;

    /// <summary>Whether a proxy has decided what he may do, for the request as it came. He may do everything here then.</summary>
    public bool IsAuthorizedByProxy { get; init; }

    public bool IsAnonymous => string.Equals(Name, AnonymousName, StringComparison.Ordinal);

    public bool MayDo(in RequestAttributes request)
    {
        if (request.IsHealth || request.IsForAllKnown)
        {
            return true;
        }

        // What is not understood counts as the most that it could be.
        AccessRole needed = request.Target.Kind == TargetKind.Unclassified ? AccessRole.Admin : request.Verb.NeededRole();
        if (Covers(own, needed, request.Namespace) || (policy is not null && Covers(policy.OfUser(Name), needed, request.Namespace)))
        {
            return true;
        }

        if (policy is not null)
        {
            foreach (string? group in Groups)
            {
                if (group is not null && Covers(policy.OfGroup(group), needed, request.Namespace))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Covers(Grant[] grants, AccessRole needed, string? ns)
    {
        foreach (Grant grant in grants)
        {
            if (grant.Covers(needed, ns))
            {
                return true;
            }
        }

        return false;
    }
}
