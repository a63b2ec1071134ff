namespace Kontinue.Engine.Executions;

/// <summary>The names of what executions hold permits of. Stores know them as text only.</summary>
internal static class Semaphores
{
    private const string MutexPrefix = "mutex/";
    private const string KeyPrefix = "key/";
    private const string FunctionPrefix = "function/";

    /// <summary>One holder at a time.</summary>
    public static string Mutex(string @namespace, string name) => $"{MutexPrefix}{@namespace}/{name}";

    /// <summary>As many holders as their functions say.</summary>
    public static string Key(string @namespace, string key) => $"{KeyPrefix}{@namespace}/{key}";

    /// <summary>As many holders as the function says.</summary>
    public static string Function(string workerGroup, string function) => $"{FunctionPrefix}{workerGroup}/{function}";

    public static bool IsMutex(string semaphore) => semaphore.StartsWith(MutexPrefix, StringComparison.Ordinal);

    public static bool IsKey(string semaphore) => semaphore.StartsWith(KeyPrefix, StringComparison.Ordinal);

    public static bool IsFunction(string semaphore) => semaphore.StartsWith(FunctionPrefix, StringComparison.Ordinal);

    /// <summary>What people call it: the part behind the kind and the namespace or group.</summary>
    public static string NameOf(string semaphore) => semaphore.Split('/', 3)[2];
}
