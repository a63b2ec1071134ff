using Kontinue.Resources;

namespace Kontinue.Client.Tests.Support;

/// <summary>What most tests begin with.</summary>
internal static class Given
{
    public static readonly ExecutionKey X = new("default", "x");

    /// <summary>Options that do not wait between attempts.</summary>
    public static KontinueClientOptions Fast() => new() { Backoff = TimeSpan.Zero, MaxBackoff = TimeSpan.Zero };

    public static Execution Hello(string? name, string function = "hello") => new()
    {
        Metadata = new ObjectMetadata { Name = name, GenerateName = name is null ? "hello-" : null },
        Spec = new ExecutionSpec { Function = function },
    };
}
