using System.Collections.Concurrent;
using Kontinue.Engine.Runtime;
using Microsoft.Extensions.Logging;

namespace Kontinue.Engine.Hosting;

/// <summary>One logger per function, in the category <c>Kontinue.Function.NAME</c>.</summary>
internal sealed class LoggerSource(ILoggerFactory factory) : ILoggerSource
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    public ILogger Engine { get; } = factory.CreateLogger("Kontinue.Engine");

    public ILogger For(string function) => _loggers.GetOrAdd(function, name => factory.CreateLogger("Kontinue.Function." + name));
}
