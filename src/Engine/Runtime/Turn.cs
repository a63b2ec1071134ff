using System.Buffers;
using Kontinue.Engine.Commit;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;

namespace Kontinue.Engine.Runtime;

/// <summary>What an execution wants to be written and done, collected while it reacts to its inputs.</summary>
internal sealed class Turn
{
    public ArrayBufferWriter<byte>? Journal { get; private set; }

    public List<Message> Messages { get; } = [];

    public List<MessageReference> Consumed { get; } = [];

    public List<NewChild> Children { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Whether the row has to be written even if nothing else is.</summary>
    public bool WritesRow { get; set; }

    public bool TruncatesJournal { get; private set; }

    public bool ReleasesOwner { get; set; }

    public bool HasWrites =>
        WritesRow || Journal is not null || Messages.Count > 0 || Consumed.Count > 0 || Children.Count > 0 || ReleasesOwner;

    public void Record(Entry entry) => JournalCodec.Write(Journal ??= new ArrayBufferWriter<byte>(256), entry);

    public void BeginAnew()
    {
        Journal = null;
        TruncatesJournal = true;
        WritesRow = true;
    }

    public void Clear()
    {
        Journal = null;
        Messages.Clear();
        Consumed.Clear();
        Children.Clear();
        Effects.Clear();
        WritesRow = TruncatesJournal = ReleasesOwner = false;
    }
}

/// <summary>A child to be created with its parent's next commit.</summary>
internal sealed record NewChild(
    ExecutionKey Key, Guid Uid, string Function, StoredSpec Spec, Placement Placement, JsonPayload Labels, Message OnConflict);
