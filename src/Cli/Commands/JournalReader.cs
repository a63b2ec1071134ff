using System.Runtime.CompilerServices;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>Reads an execution's journal page by page, and what is added to it until the execution has ended.</summary>
internal sealed class JournalReader(CliConsole console, IKontinueClient client, ExecutionKey key)
{
    private const int PageSize = 1000;

    /// <summary>How long new entries may stay unseen; the end is seen at once.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may be away while a journal is followed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private long _cursor;
    private long _seen;

    /// <summary>The execution as it was when it was last asked for; null when it was not followed.</summary>
    public Execution? Execution { get; private set; }

    /// <summary>Reads what there is, each entry once, and with <paramref name="follow"/> what comes until the end.</summary>
    public async IAsyncEnumerable<IReadOnlyList<JournalEntry>> ReadAsync(bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked before the journal is read: what is in the journal then is all of what led to the end.
            bool ended = !follow || HasEnded(Execution);
            bool more;
            do
            {
                (IReadOnlyList<JournalEntry> entries, more) = await ReadPageAsync(cancellationToken);
                yield return entries;
            }
            while (more);

            if (ended)
            {
                yield break;
            }

            Execution = await WaitAsync(cancellationToken);
        }
    }

    private static bool HasEnded(Execution? execution) => execution?.Status?.Phase.IsTerminal() is true;

    private async Task<(IReadOnlyList<JournalEntry> Entries, bool More)> ReadPageAsync(CancellationToken cancellationToken)
    {
        JournalPage page = await client.ReadJournalAsync(key, _cursor, PageSize, cancellationToken);

        // The last page is read again when there may be more, so some of it is known.
        JournalEntry[] entries = [.. page.Items.Where(e => e.Sequence > _seen)];
        _seen = entries.Length > 0 ? entries[^1].Sequence : _seen;
        _cursor = page.Next ?? _cursor;
        return (entries, page.Next is not null);
    }

    private async Task<Execution> WaitAsync(CancellationToken cancellationToken)
    {
        long began = console.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return await client.WaitAsync(key, Slice, cancellationToken);
            }
            catch (UnavailableException) when (console.Time.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Slice, console.Time, cancellationToken);
            }
        }
    }
}
