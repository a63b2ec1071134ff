using Kontinue.Client;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Feed;

/// <summary>Decides what a change is to one watch. Not safe for several threads at once.</summary>
/// <remarks>
/// What selects by phase or label has to say when an execution is not selected any more, and for that it remembers what it told of. Of an
/// execution that it told nothing of, the caller may know from a list made before the watch began.
/// </remarks>
/// <param name="selector">What is watched.</param>
/// <param name="listedUntil">Executions created until then may be in the caller's list; null: the watch told of all that there was.</param>
/// <param name="maxKnown">How many executions may be remembered.</param>
internal sealed class WatchFilter(ExecutionSelector selector, DateTimeOffset? listedUntil, int maxKnown = WatchFilter.MaxKnown)
{
    /// <summary>Executions that one watch remembers, at most.</summary>
    public const int MaxKnown = 100_000;

    private readonly bool _mayChange = selector.MayChangeItsMind();

    /// <summary>For each phase, whether it may follow one that is selected.</summary>
    private readonly bool[] _mayFollow =
    [
        .. Enum.GetValues<ExecutionPhase>().Select(to => selector.Phases?.Any(from => PhaseTransitions.CanLead(from, to)) ?? true),
    ];

    /// <summary>Whether the caller has each execution that is remembered.</summary>
    private readonly Dictionary<Guid, bool> _known = [];

    /// <summary>What to tell of a change; null: nothing.</summary>
    /// <param name="change">The change.</param>
    /// <param name="isNew">Whether this is the first that anybody could be told of the execution.</param>
    /// <param name="toldUntil">What was committed until then was told by itself; null: changes may have been passed over for later ones.</param>
    /// <exception cref="VersionExpiredException">There is too much to remember.</exception>
    public ExecutionEventType? Decide(FeedChange change, bool isNew, DateTimeOffset? toldUntil)
    {
        if (!selector.SelectsForGood(change.Row))
        {
            return null;
        }

        if (!_mayChange)
        {
            return change.IsDeleted ? ExecutionEventType.Deleted : isNew ? ExecutionEventType.Added : ExecutionEventType.Modified;
        }

        bool isSelected = (selector.Phases?.Contains(change.Row.Phase) ?? true) && change.HasLabelsFor(selector);
        bool isKnown = _known.TryGetValue(change.Row.Uid, out bool isHad);
        if (isSelected && !change.IsDeleted)
        {
            Remember(change.Row.Uid, isHad: true);
            return isHad ? ExecutionEventType.Modified : ExecutionEventType.Added;
        }

        bool mayBeListed = MayBeListed(change.Row);
        bool mayBeHad = isKnown ? isHad : mayBeListed && (isSelected || MayHaveBeenSelected(change, toldUntil));
        if (!isKnown && !mayBeHad)
        {
            return null;
        }

        if (change.IsDeleted || !mayBeListed)
        {
            _known.Remove(change.Row.Uid);
        }
        else if (mayBeHad)
        {
            // Said once; without the note it would be said again with the next change.
            Remember(change.Row.Uid, isHad: false);
        }

        return mayBeHad ? ExecutionEventType.Deleted : null;
    }

    private bool MayBeListed(ExecutionRow row) => row.CreatedAt <= listedUntil;

    /// <summary>Whether an execution that is not selected may have been, at a time after which nothing was told of it.</summary>
    private bool MayHaveBeenSelected(FeedChange change, DateTimeOffset? toldUntil)
    {
        // An old end was told by itself, and the deletion brings nothing new. A young one may have been read together with it, as one, and
        // so may a change of labels, whenever it was.
        bool mayHaveChangedLabels = change.Row.Generation > 1 && selector.Labels is { Count: > 0 };
        if (change.IsDeleted && change.Row.FinishedAt < toldUntil && !mayHaveChangedLabels)
        {
            return false;
        }

        return (change.Row.Generation > 1 || change.HasLabelsFor(selector)) &&
            _mayFollow[(int)change.Row.Phase];
    }

    private void Remember(Guid uid, bool isHad)
    {
        _known[uid] = isHad;
        if (_known.Count > maxKnown)
        {
            throw new VersionExpiredException(
                $"The watch has told of more than {maxKnown:N0} executions that its selector may leave again, which is more than it can remember. " +
                "List again and watch on from the list's version, or select less.");
        }
    }
}
