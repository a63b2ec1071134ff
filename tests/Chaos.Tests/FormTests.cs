using System.Text;
using Kontinue.Chaos.Evidence;
using Xunit;

namespace Kontinue.Chaos.Tests;

/// <summary>The readers of the journal and of the body log.</summary>
public sealed class FormTests
{
    [Fact]
    public void A_record_of_several_entries_is_read()
    {
        var child = Guid.NewGuid();
        byte[] record = Encoding.UTF8.GetBytes(
            $$$"""
            {"kind":"StepCompleted","at":"2026-01-01T00:00:00+00:00","op":"square-1","value":{"value":1,"body":"silo-1:10:7"}}
            {"kind":"ChildStarted","at":"2026-01-01T00:00:01+00:00","op":"steps","child":{"name":"a","uid":"{{{child}}}","function":"steps"}}
            {"kind":"AttemptFailed","at":"2026-01-01T00:00:02+00:00","attempt":2}

            """);

        JournalFact[] entries = [.. JournalLines.Read(Guid.NewGuid(), 5, Forgery.Start, record)];

        Assert.Equal(["StepCompleted", "ChildStarted", "AttemptFailed"], entries.Select(entry => entry.Kind));
        Assert.All(entries, entry => Assert.Equal(5, entry.Sequence));
        Assert.Equal("silo-1:10:7", entries[0].Body);
        Assert.Equal(child, entries[1].Child);
        Assert.Equal(2, entries[2].Attempt);
    }

    [Fact]
    public void A_line_of_two_writes_is_refused() =>
        Assert.Throws<FormatException>(() => BodyLogFile.Parse("1 silo-1:10 1 00000000-0000-0000-0000-000000000001 a 1 2 silo-2:20"));
}
