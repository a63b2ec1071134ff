namespace Kontinue.Api.Access;

/// <summary>Who may do what over the API.</summary>
public sealed class KontinueAccessOptions
{
    /// <summary>
    /// The log category of the audit trail: a line for each change (Information) and for each request that was refused with 401 or 403
    /// (Warning).
    /// </summary>
    public const string AuditCategory = "Kontinue.Audit";

    /// <summary>How callers are known. Default <see cref="AccessMode.Automatic"/>.</summary>
    public AccessMode Mode { get; set; }

    /// <summary>
    /// The file with the hashes of tokens and what each may do, for <see cref="AccessMode.Tokens"/>. It is read again when it changes;
    /// one that cannot be used leaves the former one in force. Default: none.
    /// </summary>
    public string? TokensFile { get; set; }

    /// <summary>
    /// The file that says what users and groups may do, for <see cref="AccessMode.Header"/>; read again like <see cref="TokensFile"/>.
    /// Default: none.
    /// </summary>
    public string? BindingsFile { get; set; }

    /// <summary>Who decides in <see cref="AccessMode.Header"/>. Default <see cref="AccessAuthorization.Bindings"/>.</summary>
    public AccessAuthorization Authorization { get; set; }

    /// <summary>
    /// Common names that the proxy's client certificate may have in <see cref="AccessMode.Header"/>. Default: none, which allows every
    /// certificate of the CA.
    /// </summary>
    public IList<string> AllowedProxyNames { get; } = [];
}
