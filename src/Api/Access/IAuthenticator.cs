using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Access;

/// <summary>Finds out who asks.</summary>
internal interface IAuthenticator
{
    /// <summary>Who asks.</summary>
    /// <exception cref="ApiException">401: this cannot be told.</exception>
    Caller Authenticate(HttpContext context);
}
