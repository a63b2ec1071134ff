using System.Globalization;
using Kontinue.Api.Responses;

namespace Kontinue.Api.Requests;

/// <summary>Which versions can be answered: the newest only, because no other is kept.</summary>
internal static class VersionRule
{
    /// <summary>Refuses what needs history.</summary>
    /// <exception cref="ApiException">410: exactly one version is asked for.</exception>
    public static void RefuseExact(CollectionRequest request)
    {
        if (request is { IsExact: true, Version: { } version })
        {
            throw new ApiException(StatusFactory.Expired(string.Create(
                CultureInfo.InvariantCulture,
                $"The state at version {version} is not kept; only the newest is. Ask with resourceVersionMatch=NotOlderThan, or without a version.")));
        }
    }

    /// <summary>Refuses an answer that is older than what was asked for.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="current">The version of the answer.</param>
    /// <exception cref="ApiException">504: the version has not been reached.</exception>
    public static void Check(CollectionRequest request, string? current)
    {
        if (request.Version is { } asked && long.TryParse(current, NumberStyles.None, CultureInfo.InvariantCulture, out long now) && now < asked)
        {
            throw new ApiException(StatusFactory.TooNew(asked, current));
        }
    }
}
