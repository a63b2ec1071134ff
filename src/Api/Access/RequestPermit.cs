using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kontinue.Api.Access;

/// <summary>What the caller of a request may do besides what the request says of itself: some changes turn out to be more.</summary>
internal sealed class RequestPermit(AccessControl access, Caller caller, RequestAttributes request)
{
    /// <summary>Whether a proxy has decided on the request. What it would decide on anything else is not known.</summary>
    public bool IsDecidedByProxy => caller.IsAuthorizedByProxy;

    /// <summary>The permit of a request that changes something.</summary>
    public static RequestPermit Of(HttpContext context) => context.Features.GetRequiredFeature<RequestPermit>();

    /// <summary>Lets pass who may do something else to the same object.</summary>
    /// <param name="context">The request.</param>
    /// <param name="verb">What it comes to.</param>
    /// <param name="why">Why this is needed, for the message.</param>
    /// <exception cref="ApiException">403: he may not.</exception>
    public void Require(HttpContext context, AccessVerb verb, string why) =>
        access.Authorize(context, caller, request with { Verb = verb }, why);
}
