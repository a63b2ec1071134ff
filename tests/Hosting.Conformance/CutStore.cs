using System.Reflection;
using Kontinue.Engine.Storage;

namespace Kontinue.Hosting.Conformance;

/// <summary>A way to a store that can be cut, as if the network between them were gone, and be mended.</summary>
public class CutStore : DispatchProxy
{
    private IExecutionStore _inner = null!;
    private volatile bool _isCut;
    private volatile string? _lost;

    /// <summary>The store as this way shows it. To dispose of it leaves the store alone.</summary>
    public IExecutionStore Store => (IExecutionStore)(object)this;

    /// <summary>Told of each call that was passed on, by its method; it may cut what comes after that call.</summary>
    public Action<string>? PassedOn { get; set; }

    public static CutStore To(IExecutionStore store)
    {
        var way = (CutStore)(object)Create<IExecutionStore, CutStore>();
        way._inner = store;
        return way;
    }

    public void Cut() => _isCut = true;

    /// <summary>Loses the answer to the next call of a method that gives a task: the store has done what was asked for.</summary>
    public void Lose(string method) => _lost = method;

    public void Mend() => _isCut = false;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IAsyncDisposable.DisposeAsync))
        {
            return ValueTask.CompletedTask;
        }

        if (_isCut && Failure(targetMethod.ReturnType) is { } failure)
        {
            return failure;
        }

        object? answer = targetMethod.Invoke(_inner, args);
        PassedOn?.Invoke(targetMethod.Name);
        if (string.Equals(_lost, targetMethod.Name, StringComparison.Ordinal))
        {
            _lost = null;
            ((Task)answer!).GetAwaiter().GetResult();
            return Failure(targetMethod.ReturnType);
        }

        return answer;
    }

    private static object? Failure(Type type)
    {
        var away = new StoreException("The database cannot be reached.", isTransient: true);
        if (type == typeof(Task))
        {
            return Task.FromException(away);
        }

        if (!type.IsGenericType)
        {
            return null;
        }

        return type.GetGenericTypeDefinition() == typeof(Task<>)
            ? typeof(CutStore).GetMethod(nameof(Failed), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GenericTypeArguments).Invoke(null, [away])
            : throw away;
    }

    private static Task<T> Failed<T>(Exception exception) => Task.FromException<T>(exception);
}
