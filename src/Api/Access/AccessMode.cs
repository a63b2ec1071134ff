namespace Kontinue.Api.Access;

/// <summary>How the API finds out who asks, and what it allows then.</summary>
public enum AccessMode
{
    /// <summary><see cref="ReadWrite"/> when the server listens on loopback only, else <see cref="ReadOnly"/>.</summary>
    Automatic = 0,

    /// <summary>Nobody is asked for a name. Everybody may read, nobody may change anything.</summary>
    ReadOnly = 1,

    /// <summary>Nobody is asked for a name. Everybody may do everything.</summary>
    ReadWrite = 2,

    /// <summary>
    /// A trusted proxy says who asks, as kube-apiserver does for an aggregated API: with <c>X-Remote-User</c> and <c>X-Remote-Group</c>,
    /// over TLS with a client certificate of <see cref="KontinueTlsOptions.ClientCaFile"/>.
    /// </summary>
    Header = 3,

    /// <summary>Callers send <c>Authorization: Bearer</c> with a token of which <see cref="KontinueAccessOptions.TokensFile"/> has the hash.</summary>
    Tokens = 4,
}

/// <summary>Who decides what a caller may do in <see cref="AccessMode.Header"/>.</summary>
public enum AccessAuthorization
{
    /// <summary>This server, by the bindings of <see cref="KontinueAccessOptions.BindingsFile"/>.</summary>
    Bindings = 0,

    /// <summary>The proxy has decided before it passed the request on, as kube-apiserver does with RBAC. Nothing is checked here again.</summary>
    Proxy = 1,
}
