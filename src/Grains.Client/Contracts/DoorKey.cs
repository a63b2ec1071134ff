namespace Kontinue.Grains.Client.Contracts;

/// <summary>The key of a <see cref="IDoorGrain"/>: says by itself where the door may be, so that placing it asks nobody.</summary>
/// <param name="Ticket">Tells doors of one function apart. Has no slash.</param>
/// <param name="Function">The function that its silo has to have.</param>
/// <param name="WorkerGroup">The group that its silo has to be of; null: any.</param>
public readonly record struct DoorKey(string Ticket, string Function, string? WorkerGroup)
{
    /// <summary>Longer names of functions and groups are no part of a key: no silo has such a function.</summary>
    public const int MaxLength = 253;

    /// <summary>Whether there can be a door for a function and a group.</summary>
    public static bool IsFit(string? function, string? workerGroup) =>
        function is { Length: > 0 and <= MaxLength } &&
        (workerGroup is null || (workerGroup.Length is > 0 and <= MaxLength && !workerGroup.Contains('/', StringComparison.Ordinal)));

    /// <exception cref="ArgumentException">The text is no key of a door.</exception>
    public static DoorKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int first = text.IndexOf('/', StringComparison.Ordinal);
        int second = first < 0 ? -1 : text.IndexOf('/', first + 1);
        return second < 0
            ? throw new ArgumentException($"'{text}' is not the key of a door: that is 'ticket/group/function'.", nameof(text))
            : new DoorKey(text[..first], text[(second + 1)..], second == first + 1 ? null : text[(first + 1)..second]);
    }

    /// <summary><c>ticket/group/function</c>; the function last, for it alone may have slashes.</summary>
    public override string ToString() => $"{Ticket}/{WorkerGroup}/{Function}";
}
