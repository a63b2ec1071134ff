namespace Kontinue.Api.Access;

/// <summary>What a request wants to do, in Kubernetes' words.</summary>
internal enum AccessVerb
{
    /// <summary>A method that stands for nothing here.</summary>
    Unknown = 0,
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

/// <summary>What a binding allows. Each role includes those before it.</summary>
internal enum AccessRole
{
    Viewer = 0,
    Operator = 1,
    Admin = 2,
}

/// <summary>What is known of verbs.</summary>
internal static class AccessVerbs
{
    public static bool IsRead(this AccessVerb verb) => verb is AccessVerb.Get or AccessVerb.List or AccessVerb.Watch;

    /// <summary>The least role that may do it. What is not understood is for admins.</summary>
    public static AccessRole NeededRole(this AccessVerb verb) => verb switch
    {
        AccessVerb.Get or AccessVerb.List or AccessVerb.Watch => AccessRole.Viewer,
        AccessVerb.Create or AccessVerb.Update or AccessVerb.Patch => AccessRole.Operator,
        _ => AccessRole.Admin,
    };

    public static string Name(this AccessVerb verb) => verb switch
    {
        AccessVerb.Get => "get",
        AccessVerb.List => "list",
        AccessVerb.Watch => "watch",
        AccessVerb.Create => "create",
        AccessVerb.Update => "update",
        AccessVerb.Patch => "patch",
        AccessVerb.Delete => "delete",
        AccessVerb.DeleteCollection => "deletecollection",
        _ => "unknown",
    };
}
