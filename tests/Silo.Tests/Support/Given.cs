using Kontinue.Resources;

namespace Kontinue.Silo.Tests.Support;

internal static class Given
{
    /// <summary>An execution to be created.</summary>
    public static Execution Execution(string function, string name, object? arguments = null) => new()
    {
        Metadata = new ObjectMetadata { Name = name },
        Spec = new ExecutionSpec { Function = function, Arguments = arguments is null ? default : JsonPayload.From(arguments) },
    };
}
