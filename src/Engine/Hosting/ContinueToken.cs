using System.Buffers.Text;
using System.Text;

namespace Kontinue.Engine.Hosting;

/// <summary>Where a list goes on. Opaque to callers.</summary>
internal static class ContinueToken
{
    public static string Write(ExecutionKey last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"v1:{last.Namespace}/{last.Name}"));

    /// <exception cref="InvalidRequestException">It was not made here.</exception>
    public static ExecutionKey? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        try
        {
            string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(':', '/');
            if (parts is ["v1", var ns, var name] && Names.IsNamespace(ns) && Names.IsExecutionName(name))
            {
                return new ExecutionKey(ns, name);
            }
        }
        catch (FormatException)
        {
            // Said below.
        }

        throw new InvalidRequestException("continue", "The continuation is not one that a list has returned. Start again without it.");
    }
}
