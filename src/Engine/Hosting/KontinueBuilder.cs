using Kontinue.Engine.Claiming;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Jobs;
using Kontinue.Engine.Signals;
using Kontinue.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Kontinue.Engine.Hosting;

/// <summary>Sets up a host: its store, its functions, its settings.</summary>
public sealed class KontinueBuilder
{
    private readonly List<(string Name, Delegate Handler, FunctionOptions Options)> _functions = [];

    internal KontinueBuilder(IServiceCollection services) => Services = services;

    /// <summary>Where the host's parts are registered.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Whether the silo starts and stops with the application. Default: true; off for a host that does so itself (<see cref="ILocalSilo"/>).
    /// </summary>
    public bool StartWithApplication { get; set; } = true;

    /// <summary>Changes settings.</summary>
    public KontinueBuilder Configure(Action<KontinueOptions> configure)
    {
        Services.Configure(configure);
        return this;
    }

    /// <summary>Sets the store. The last call wins. A way to other silos that was set before it is forgotten: it belongs to a store.</summary>
    public KontinueBuilder UseStore(Func<IServiceProvider, IExecutionStore> factory)
    {
        Services.RemoveAll<IExecutionStore>();
        Services.AddSingleton(factory);
        return UseSignals(static _ => new NullSignalBus());
    }

    /// <summary>Sets the way to the other silos of the store. The last call wins. Default: none; silos then find what concerns them when they next look.</summary>
    public KontinueBuilder UseSignals(Func<IServiceProvider, ISignalBus> factory)
    {
        Services.RemoveAll<ISignalBus>();
        Services.AddSingleton(factory);
        return this;
    }

    /// <summary>Sets who decides where executions run that nobody runs. The last call wins. Default: each silo takes its share.</summary>
    public KontinueBuilder UseAssigner(Func<IServiceProvider, IExecutionAssigner> factory)
    {
        Services.RemoveAll<IExecutionAssigner>();
        Services.AddSingleton(factory);
        return this;
    }

    /// <summary>Sets what runs jobs and pods. The last call wins. Default: nothing; functions that ask for one fail.</summary>
    public KontinueBuilder UseJobs(Func<IServiceProvider, IJobGateway> factory)
    {
        Services.RemoveAll<IJobGateway>();
        Services.AddSingleton(factory);
        return this;
    }

    /// <summary>Registers a function. Its shape is free: see <see cref="FunctionBinding"/>.</summary>
    /// <param name="name">1 to 63 characters: lower-case letters, digits and '-', beginning and ending with a letter or digit.</param>
    /// <param name="handler">The function.</param>
    /// <param name="configure">Description, retry, timeouts.</param>
    /// <exception cref="ArgumentException">The name is not one, or is taken, or the delegate's shape is not supported.</exception>
    public KontinueBuilder AddFunction(string name, Delegate handler, Action<FunctionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (!Names.IsFunctionName(name))
        {
            throw new ArgumentException($"'{name}' is not a function name. {Names.FunctionNameRule}", nameof(name));
        }

        var options = new FunctionOptions();
        configure?.Invoke(options);
        options.Validate(name);
        FunctionBinding.Create(name, handler, KontinueJson.Options);
        _functions.Add((name, handler, options));
        return this;
    }

    /// <summary>Registers a function with arguments and a result.</summary>
    public KontinueBuilder AddFunction<TArguments, TResult>(
        string name, Func<KontinueContext, TArguments, Task<TResult>> handler, Action<FunctionOptions>? configure = null) =>
        AddFunction(name, (Delegate)handler, configure);

    /// <summary>Registers a function with arguments and no result.</summary>
    public KontinueBuilder AddFunction<TArguments>(
        string name, Func<KontinueContext, TArguments, Task> handler, Action<FunctionOptions>? configure = null) =>
        AddFunction(name, (Delegate)handler, configure);

    internal FunctionRegistry BuildRegistry(KontinueOptions options) =>
        new(_functions.Select(f => new FunctionDefinition(f.Name, f.Options, FunctionBinding.Create(f.Name, f.Handler, options.Json))));
}
