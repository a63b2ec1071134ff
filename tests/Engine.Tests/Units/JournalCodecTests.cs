using System.Buffers;
using System.Text;
using System.Text.Json;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Storage;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class JournalCodecTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    public static TheoryData<string> Kinds => [.. Enum.GetNames<EntryKind>()];

    private static string Write(params Entry[] entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (Entry entry in entries)
        {
            JournalCodec.Write(buffer, entry);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static List<Entry> Read(string text) =>
        [.. JournalCodec.Read(new JournalRecord(Guid.Empty, 1, Encoding.UTF8.GetBytes(text)))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_read_as_it_was_written(string kind)
    {
        var full = new Entry
        {
            Kind = Enum.Parse<EntryKind>(kind), At = At, Operation = "größe \"1\"\\#2", Value = JsonPayload.Parse("""{"a":["ü",1.5,null]}"""),
            Error = new ExecutionError(ErrorKind.Timeout, "zu spät\nwirklich", true, "s", "T"), Due = At.AddDays(1), Attempt = 7,
            MessageId = Guid.CreateVersion7(), Child = new ChildInfo("child", Guid.CreateVersion7(), "f", true),
            Job = new JobInfo(Guid.CreateVersion7(), JobKind.Pod, "silo"),
            Phase = ExecutionPhase.Skipped, ChildPolicy = ChildPolicy.RetryFailed, Text = "weil 🙂",
        };
        var bare = new Entry { Kind = full.Kind, At = At };

        Assert.Equal([full, bare], Read(Write(full, bare)));
    }

    [Fact]
    public void Each_entry_is_one_line_and_records_can_be_joined()
    {
        var entry = new Entry { Kind = EntryKind.StepCompleted, At = At, Operation = "a", Value = new JsonPayload("{\r\n \"x\": \"a\\nb\"\r\n}"u8.ToArray()) };
        string text = Write(entry);

        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        List<Entry> twice = Read(text + text);
        Assert.Equal(2, twice.Count);
        Assert.Equal("a\nb", twice[1].Value.To<Dictionary<string, string>>()!["x"]);
    }

    [Fact]
    public void A_value_of_null_is_not_the_same_as_none()
    {
        List<Entry> read = Read(Write(
            new Entry { Kind = EntryKind.StepCompleted, At = At, Value = JsonPayload.Null }, new Entry { Kind = EntryKind.StepCompleted, At = At }));
        Assert.False(read[0].Value.IsNone);
        Assert.True(read[1].Value.IsNone);
    }

    [Fact]
    public void Unknown_members_are_passed_over()
    {
        Entry entry = Assert.Single(Read("""{"new":{"a":[1]},"kind":"TimerFired","at":"2026-03-01T12:00:00Z","newer":[{}],"op":"sleep"}"""));
        Assert.Equal((EntryKind.TimerFired, "sleep"), (entry.Kind, entry.Operation));
    }

    [Theory]
    [InlineData("""{"kind":"StepCompleted","at":"2026-03-01T12:00:00Z","op":"a""")]
    [InlineData("""{"kind":"Later","at":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"at":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"kind":1,"at":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"kind":"StepCompleted","at":"yesterday"}""")]
    [InlineData("""{"kind":"StepCompleted","message":"no guid"}""")]
    [InlineData("""{"kind":"StepCompleted","phase":"Dreaming"}""")]
    [InlineData("""{"kind":"AttemptFailed","childPolicy":"Spoil"}""")]
    [InlineData("nonsense")]
    public void Damage_is_told_as_damage(string text) => Assert.ThrowsAny<JsonException>(() => Read(text));
}
