using System.Globalization;
using System.Threading.RateLimiting;
using Kontinue.Api.Access;
using Kontinue.Api.Requests;
using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Limits;

/// <summary>What a request counts as.</summary>
internal enum LimitKind
{
    /// <summary>Nothing: probes must get through when everything is full.</summary>
    None = 0,
    Request,
    Wait,
    Watch,
}

/// <summary>Bounds what is worked on at once. Waits and watches cost little but last long, so they have places of their own.</summary>
internal sealed class RequestLimits : IDisposable
{
    private const int RetryAfterSeconds = 1;

    private readonly ConcurrencyGate _requests;
    private readonly ConcurrencyGate _waits;
    private readonly ConcurrencyGate _watches;
    private readonly PartitionedRateLimiter<string>? _rates;
    private readonly KontinueLimitsOptions _options;

    public RequestLimits(KontinueLimitsOptions options)
    {
        _options = options;
        _requests = new ConcurrencyGate(options.MaxConcurrentRequests, options.MaxQueuedRequests);
        _waits = new ConcurrencyGate(options.MaxWaits, queueLimit: 0);
        _watches = new ConcurrencyGate(options.MaxWatches, queueLimit: 0);
        _rates = options.RequestsPerSecondPerUser == 0 ? null : PartitionedRateLimiter.Create<string, string>(
            user => RateLimitPartition.GetTokenBucketLimiter(user, _ => new TokenBucketRateLimiterOptions
            {
                TokensPerPeriod = options.RequestsPerSecondPerUser,
                TokenLimit = Math.Max(options.BurstPerUser, options.RequestsPerSecondPerUser),
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    /// <summary>What a request counts as.</summary>
    public static LimitKind KindOf(HttpRequest request, in RequestAttributes attributes) =>
        attributes.IsHealth ? LimitKind.None
        : attributes.Verb == AccessVerb.Watch && !attributes.Target.IsNamed ? LimitKind.Watch
        : CanWait(attributes) && QueryReader.HasWait(request) ? LimitKind.Wait
        : LimitKind.Request;

    /// <summary>Asks for a place. The place must be given back when the request is done, also if its turn never came.</summary>
    /// <exception cref="ApiException">429: there is none.</exception>
    public LimitLease Enter(HttpContext context, in RequestAttributes attributes, Caller caller)
    {
        LimitKind kind = KindOf(context.Request, attributes);
        if (kind == LimitKind.None)
        {
            return default;
        }

        CheckRate(context, caller);
        ConcurrencyGate gate = kind switch
        {
            LimitKind.Wait => _waits,
            LimitKind.Watch => _watches,
            _ => _requests,
        };
        return gate.TryEnter(out Task turn) ? new LimitLease(gate, turn) : throw TooMany(kind switch
        {
            LimitKind.Wait => $"{_options.MaxWaits:N0} requests that wait for executions are open, and more are not taken. Ask again without ?wait, or later.",
            LimitKind.Watch => $"{_options.MaxWatches:N0} watches are open, and more are not taken. Try again later.",
            _ => $"{_options.MaxConcurrentRequests:N0} requests are under way and {_options.MaxQueuedRequests:N0} wait. Try again in a second.",
        });
    }

    public void Dispose()
    {
        _rates?.Dispose();
        _requests.Dispose();
        _waits.Dispose();
        _watches.Dispose();
    }

    /// <summary>
    /// Whether the route knows <c>wait</c>. Elsewhere the parameter is passed over, and must not get a request into the many places of waits.
    /// </summary>
    private static bool CanWait(in RequestAttributes attributes) => attributes.Target is { Resource: "executions", IsNamed: var isNamed, Subresource: var sub } &&
        (attributes.Verb == AccessVerb.Create ? !isNamed : attributes.Verb is AccessVerb.Get or AccessVerb.Watch && isNamed && sub is null or "status" or "result");

    private void CheckRate(HttpContext context, Caller caller)
    {
        if (_rates is null)
        {
            return;
        }

        string user = caller.IsAnonymous ? context.Connection.RemoteIpAddress?.ToString() ?? "" : caller.Name;
        using RateLimitLease lease = _rates.AttemptAcquire(user);
        if (!lease.IsAcquired)
        {
            throw TooMany(
                $"You have sent more than {_options.RequestsPerSecondPerUser.ToString("N0", CultureInfo.InvariantCulture)} requests per second. Slow down.");
        }
    }

    private static ApiException TooMany(string message) => new(new ErrorStatus
    {
        Code = StatusCodes.Status429TooManyRequests,
        Reason = StatusReason.TooManyRequests,
        Message = message,
        Details = new StatusDetails { RetryAfterSeconds = RetryAfterSeconds },
    });
}
