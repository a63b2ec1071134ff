using Kontinue.Api.Access;
using Kontinue.Api.Limits;

namespace Kontinue.Api;

/// <summary>Settings of the HTTP API.</summary>
public sealed class KontinueApiOptions
{
    /// <summary>The API group. Default <c>kontinue.cloud</c>; another one lets kontinue itself live in the same cluster.</summary>
    public string Group { get; set; } = "kontinue.cloud";

    /// <summary>What a request body may be larger than the payload limit, for names, labels and the rest. Default 64 KiB.</summary>
    public int BodyHeadroomBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Names that the Host header may carry on connections over loopback, besides <c>localhost</c>, loopback addresses and the machine's
    /// own name. <c>*</c> allows all: only for a server behind a proxy that checks. Default: none.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>Origins, such as <c>https://ops.example.com</c>, whose pages may change things. Default: only the server's own.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Whether paths that nobody serves get a <c>Status</c> too. Default true.</summary>
    public bool AnswerUnknownPaths { get; set; } = true;

    /// <summary>Who may do what.</summary>
    public KontinueAccessOptions Access { get; } = new();

    /// <summary>How much is taken on at once.</summary>
    public KontinueLimitsOptions Limits { get; } = new();

    /// <summary>Files for TLS. Used at the addresses with <see cref="KontinueKestrelExtensions.UseKontinueTls"/>.</summary>
    public KontinueTlsOptions Tls { get; } = new();
}
