using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;

namespace Kontinue.Engine.Functions;

/// <summary>
/// Calls a delegate of any supported shape in one way. Supported are parameters of type <see cref="KontinueContext"/>,
/// <see cref="CancellationToken"/>, <see cref="IServiceProvider"/> and at most one other, the arguments; and as the result nothing, a
/// value, a <see cref="Task"/>, a <see cref="ValueTask"/>, or one of these with a value.
/// </summary>
public sealed class FunctionBinding
{
    private readonly Func<KontinueContext, object?, IServiceProvider, Task<JsonPayload>> _call;
    private readonly object? _argumentDefault;

    private FunctionBinding(
        Type? argumentType, object? argumentDefault, Type? resultType,
        Func<KontinueContext, object?, IServiceProvider, Task<JsonPayload>> call)
    {
        ArgumentType = argumentType;
        ResultType = resultType;
        _argumentDefault = argumentDefault;
        _call = call;
    }

    internal Type? ArgumentType { get; }

    internal Type? ResultType { get; }

    /// <summary>Looks at a delegate.</summary>
    /// <exception cref="ArgumentException">Its shape is not supported; the message says why.</exception>
    public static FunctionBinding Create(string function, Delegate handler, JsonSerializerOptions json)
    {
        MethodInfo invoke = handler.GetType().GetMethod("Invoke")!;
        ParameterExpression context = Expression.Parameter(typeof(KontinueContext));
        ParameterExpression argument = Expression.Parameter(typeof(object));
        ParameterExpression services = Expression.Parameter(typeof(IServiceProvider));

        ParameterInfo? argumentParameter = null;
        var values = new List<Expression>();
        foreach (ParameterInfo parameter in invoke.GetParameters())
        {
            if (parameter.ParameterType == typeof(KontinueContext))
            {
                values.Add(context);
            }
            else if (parameter.ParameterType == typeof(CancellationToken))
            {
                values.Add(Expression.Property(context, nameof(KontinueContext.CancellationToken)));
            }
            else if (parameter.ParameterType == typeof(IServiceProvider))
            {
                values.Add(services);
            }
            else if (argumentParameter is not null)
            {
                throw new ArgumentException(
                    $"Function '{function}' takes two arguments, '{argumentParameter.ParameterType.Name}' and " +
                    $"'{parameter.ParameterType.Name}'. Put them into one record: arguments are one JSON object.");
            }
            else if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer)
            {
                throw new ArgumentException($"Function '{function}' takes '{parameter.Name}' by reference, which cannot come from JSON.");
            }
            else
            {
                argumentParameter = parameter;
                values.Add(Expression.Convert(argument, parameter.ParameterType));
            }
        }

        Expression body = Expression.Invoke(Expression.Constant(handler), values);
        (Expression adapted, Type? resultType) = AdaptResult(body, invoke.ReturnType, json);
        var call = Expression.Lambda<Func<KontinueContext, object?, IServiceProvider, Task<JsonPayload>>>(
            adapted, context, argument, services).Compile();

        Type? argumentType = argumentParameter?.ParameterType;
        object? fallback = argumentType is { IsValueType: true } ? Activator.CreateInstance(argumentType) : null;
        return new FunctionBinding(argumentType, fallback, resultType, call);
    }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="JsonException">They do not bind.</exception>
    public object? BindArguments(JsonPayload arguments, JsonSerializerOptions json)
    {
        if (ArgumentType is null)
        {
            return null;
        }

        return arguments.IsNone
            ? _argumentDefault
            : JsonSerializer.Deserialize(arguments.Utf8.Span, ArgumentType, json) ?? _argumentDefault;
    }

    /// <summary>Calls the function. What it throws at once comes back in the task.</summary>
    public Task<JsonPayload> InvokeAsync(KontinueContext context, object? arguments, IServiceProvider services) =>
        _call(context, arguments, services);

    private static (Expression Call, Type? ResultType) AdaptResult(Expression body, Type returned, JsonSerializerOptions json)
    {
        ConstantExpression options = Expression.Constant(json);
        if (returned == typeof(void))
        {
            return (Expression.Block(body, Expression.Constant(Task.FromResult(JsonPayload.Null))), null);
        }

        if (returned == typeof(Task))
        {
            return (Call(nameof(FromTaskAsync), null, body), null);
        }

        if (returned == typeof(ValueTask))
        {
            return (Call(nameof(FromTaskAsync), null, Expression.Call(body, nameof(ValueTask.AsTask), null)), null);
        }

        Type? definition = returned.IsGenericType ? returned.GetGenericTypeDefinition() : null;
        if (definition == typeof(Task<>) || definition == typeof(ValueTask<>))
        {
            Type result = returned.GetGenericArguments()[0];
            Expression task = definition == typeof(Task<>) ? body : Expression.Call(body, nameof(ValueTask<int>.AsTask), null);
            return (Call(nameof(FromTaskOfAsync), result, task, options), result);
        }

        return (Call(nameof(FromValue), returned, body, options), returned);

        static MethodCallExpression Call(string method, Type? type, params Expression[] arguments) =>
            Expression.Call(typeof(FunctionBinding), method, type is null ? null : [type], arguments);
    }

    // The awaits below must come back to the function's own scheduler: its result is part of the same turn.
#pragma warning disable MA0004, CA2007
    private static async Task<JsonPayload> FromTaskAsync(Task task)
    {
        await task;
        return JsonPayload.Null;
    }

    private static async Task<JsonPayload> FromTaskOfAsync<T>(Task<T> task, JsonSerializerOptions json) =>
        JsonPayload.From(await task, json);
#pragma warning restore MA0004, CA2007

    private static Task<JsonPayload> FromValue<T>(T value, JsonSerializerOptions json) => Task.FromResult(JsonPayload.From(value, json));
}
