using Kontinue.Api.Responses;
using Kontinue.Resources;

namespace Kontinue.Api.Requests;

/// <summary>What the diagnosis of a body has found: faults, and fields that are stray. Both are kept up to a bound and counted beyond.</summary>
internal sealed class BodyFindings
{
    private const int MaxKept = 20;

    private readonly List<StatusCause> _faults = [];
    private readonly List<StatusCause> _strays = [];
    private readonly List<string> _strayNames = [];
    private int _strayCount;

    public bool HasFaults => _faults.Count > 0;

    public bool HasStrays => _strayCount > 0;

    /// <summary>Whether enough is known to stop looking for faults.</summary>
    public bool IsFull => _faults.Count >= MaxKept;

    /// <summary>Each stray field in Kubernetes' words, such as <c>unknown field "spec.foo"</c>.</summary>
    public IReadOnlyList<string> Warnings =>
        _strayCount > _strayNames.Count ? [.. _strayNames, $"{_strayCount - _strayNames.Count} more fields are unknown or duplicate"] : _strayNames;

    public void Fault(string reason, string message, string path)
    {
        if (!IsFull)
        {
            _faults.Add(new StatusCause(reason, message, path));
        }
    }

    /// <summary>Notes a field that nobody knows. The help is made only if it is kept: guessing takes time, and a body may have many such fields.</summary>
    public void Unknown(string path, Func<string> help) => Stray("unknown", CauseReason.Unknown, path, () => $"unknown field; {help()}");

    public void Duplicate(string path) => Stray("duplicate", CauseReason.Duplicate, path, static () => "is there more than once");

    /// <summary>All that was found, as an answer: 400 when the body cannot be understood, 422 when only values are wrong.</summary>
    /// <param name="areStraysFaults">Whether a stray field alone would have been refused.</param>
    public ErrorStatus ToStatus(bool areStraysFaults)
    {
        // Names are misspelled more often than left out: beside a field that is missing, an unknown one tells why.
        List<StatusCause> causes = [.. _strays, .. _faults];
        return _faults.TrueForAll(c => string.Equals(c.Reason, CauseReason.Invalid, StringComparison.Ordinal)) && !(areStraysFaults && HasStrays)
            ? StatusFactory.Invalid(name: null, causes)
            : StatusFactory.BadRequest("The body does not fit: " + string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}")), causes);
    }

    /// <summary>The stray fields alone, as Kubernetes' strict decoding reports them, with what was probably meant.</summary>
    public ErrorStatus ToStrictStatus()
    {
        string helps = string.Join(" ", _strays.Where(c => c.Message.EndsWith('?')).Select(c => $"{c.Field}: {c.Message.Split("; ")[^1]}"));
        return StatusFactory.BadRequest($"strict decoding error: {string.Join(", ", Warnings)}{(helps.Length == 0 ? "" : $" ({helps})")}", _strays);
    }

    private void Stray(string word, string reason, string path, Func<string> message)
    {
        _strayCount++;
        if (_strays.Count < MaxKept)
        {
            _strays.Add(new StatusCause(reason, message(), path));
            _strayNames.Add($"{word} field \"{path}\"");
        }
    }
}
