using Kontinue.Engine.Storage;
using NpgsqlTypes;

namespace Kontinue.Storage.PostgreSql;

/// <summary>Stores messages, whatever their targets.</summary>
internal class InsertMessages : SetStatement
{
    private readonly List<string> _namespaces;
    private readonly List<string> _names;
    private readonly List<Guid> _ids;
    private readonly List<Guid> _targets;
    private readonly List<DateTime> _sentAt;
    private readonly List<ReadOnlyMemory<byte>> _bodies;

    public InsertMessages()
        : this(Sql.InsertMessages)
    {
    }

    protected InsertMessages(string sql)
        : base(sql)
    {
        _namespaces = Text();
        _names = Text();
        _ids = Uuid();
        _targets = Uuid();
        _sentAt = Column<DateTime>(NpgsqlDbType.TimestampTz);
        _bodies = Bytes();
    }

    public void Add(in Message message)
    {
        _namespaces.Add(message.Target.Namespace);
        _names.Add(message.Target.Name);
        _ids.Add(message.Id);
        _targets.Add(message.TargetUid);
        _sentAt.Add(RowReader.ToDatabase(message.SentAt));
        _bodies.Add(message.Body);
    }
}

/// <summary>Stores messages whose targets exist and have not ended, and answers which.</summary>
internal sealed class InsertTargetedMessages() : InsertMessages(Sql.InsertTargetedMessages)
{
    /// <summary>The positions in the batch of the units that the messages are.</summary>
    public List<int> Units { get; } = [];

    public override void Clear()
    {
        base.Clear();
        Units.Clear();
    }
}

/// <summary>Deletes messages.</summary>
internal sealed class DeleteMessages : SetStatement
{
    private readonly List<string> _namespaces;
    private readonly List<string> _names;
    private readonly List<Guid> _ids;

    public DeleteMessages()
        : base(Sql.DeleteMessages)
    {
        _namespaces = Text();
        _names = Text();
        _ids = Uuid();
    }

    public void Add(in MessageReference message)
    {
        _namespaces.Add(message.Target.Namespace);
        _names.Add(message.Target.Name);
        _ids.Add(message.Id);
    }
}
