using System.Globalization;

namespace Kontinue.Engine.Feed;

/// <summary>Versions as clients see them: numbers that only the server looks into.</summary>
/// <remarks>
/// All rows of one commit have the same version, and a connection may be lost between two of them. Therefore a watch tells its version's
/// own changes too: those of an event's version come again, and what came with it is not missed. A list and a bookmark, which leave
/// nothing of their version out, name the one behind it.
/// </remarks>
internal static class FeedVersion
{
    /// <summary>The version of a change: of an object, or of an event.</summary>
    public static string Format(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where to go on when everything up to a version was told.</summary>
    public static string FormatAfter(long version) => Format(version + 1);

    /// <summary>Reads where to begin.</summary>
    /// <returns>The version after which changes are to be told; null to begin with what there is, as for nothing and for "0".</returns>
    /// <exception cref="InvalidRequestException">It is not a version.</exception>
    public static long? ParseAfter(string? version) =>
        version is null ? null
        : !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? throw new InvalidRequestException(
                "resourceVersion", $"'{version}' is not a resource version. Use that of a list or of an event, or leave it out.")
            : number == 0 ? null : number - 1;
}
