using Kontinue.Engine.Storage;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

/// <summary>Writes executions straight into a store, one commit for each call.</summary>
internal sealed class FeedRows(IExecutionStore store, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public Task<ExecutionRow> AddAsync(
        string name, ExecutionPhase phase = ExecutionPhase.Executing, string function = "f", string? label = null, Guid? parent = null,
        string ns = "default", JsonPayload status = default) =>
        InsertAsync(Make(name, phase, function, label, parent, ns, status));

    public ExecutionRow Make(
        string name, ExecutionPhase phase = ExecutionPhase.Executing, string function = "f", string? label = null, Guid? parent = null,
        string ns = "default", JsonPayload status = default) => new()
        {
            Key = new ExecutionKey(ns, name), Uid = Guid.CreateVersion7(), Function = function, Phase = phase, Revision = 1,
            CreatedAt = _time.GetUtcNow(), ParentUid = parent, Labels = Labels(label), Spec = JsonPayload.EmptyObject,
            Status = status.IsNone ? JsonPayload.EmptyObject : status,
        };

    public async Task<ExecutionRow> InsertAsync(ExecutionRow row)
    {
        await WriteAsync(row, isInsert: true);
        return row;
    }

    public async Task InsertAsync(IEnumerable<ExecutionRow> rows)
    {
        List<CommitUnit> batch = [.. rows.Select(row => Unit(row, isInsert: true))];
        Assert.All(await store.CommitAsync(batch, default), outcome => Assert.Equal(CommitOutcome.Applied, outcome));
    }

    public async Task<ExecutionRow> SetPhaseAsync(ExecutionRow row, ExecutionPhase phase)
    {
        row = row with { Phase = phase, Revision = row.Revision + 1 };
        await WriteAsync(row, isInsert: false);
        return row;
    }

    public async Task<ExecutionRow> SetLabelAsync(ExecutionRow row, string? label)
    {
        ExecutionRow? changed = await store.UpdateSettingsAsync(
            new SettingsWrite(row.Key, row.Uid, row.Generation, Labels(label), default, null, null, null), default);
        return changed!;
    }

    public async Task DeleteAsync(ExecutionRow row) =>
        Assert.Equal(1, await store.DeleteAsync([new RowDeletion(row.Key, row.Uid, Force: true)], default));

    public static JsonPayload Labels(string? app) =>
        app is null ? default : JsonPayload.From(new Dictionary<string, string> { ["app"] = app });

    private static CommitUnit Unit(ExecutionRow row, bool isInsert)
    {
        var unit = new CommitUnit();
        unit.Rows.Add(new RowWrite { Row = row, IsInsert = isInsert });
        return unit;
    }

    private async Task WriteAsync(ExecutionRow row, bool isInsert) =>
        Assert.Equal([CommitOutcome.Applied], await Wait.For(store.CommitAsync([Unit(row, isInsert)], default)));
}
