namespace Kontinue.Grains.Client.Serialization;

/// <summary>How the errors of <see cref="Kontinue.Client.IKontinueClient"/> travel between processes: what their constructors need, and no stack trace.</summary>
[GenerateSerializer]
[Alias("kontinue.error")]
internal struct ErrorSurrogate
{
    [Id(0)]
    public string Text;

    [Id(1)]
    public string? Namespace;

    [Id(2)]
    public string? Name;

    [Id(3)]
    public Guid Uid;

    [Id(4)]
    public TimeSpan RetryAfter;

    [Id(5)]
    public string? Field;

    [Id(6)]
    public long Size;

    [Id(7)]
    public long Limit;

    [Id(8)]
    public int Kind;

    [Id(9)]
    public bool Flag;

    [Id(10)]
    public string? Step;

    [Id(11)]
    public string? Type;

    [Id(12)]
    public JobResult? Job;

    public readonly ExecutionKey Key => new(Namespace ?? "", Name ?? "");

    public static ErrorSurrogate Of(Exception error) => new() { Text = error.Message };

    public static ErrorSurrogate Of(Exception error, ExecutionKey key) => new() { Text = error.Message, Namespace = key.Namespace, Name = key.Name };

    public static ErrorSurrogate Of(ExecutionError error, ExecutionKey key = default) => new()
    {
        Text = error.Message, Kind = (int)error.Kind, Flag = error.Retryable, Step = error.Step, Type = error.Type, Namespace = key.Namespace, Name = key.Name,
    };

    public readonly ExecutionError ToError() => new((ErrorKind)Kind, Text, Flag, Step, Type);
}

[RegisterConverter]
internal sealed class InvalidRequestConverter : IConverter<InvalidRequestException, ErrorSurrogate>
{
    public InvalidRequestException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Field ?? "", surrogate.Text);

    public ErrorSurrogate ConvertToSurrogate(in InvalidRequestException value) => ErrorSurrogate.Of(value) with { Field = value.Field };
}

[RegisterConverter]
internal sealed class NotFoundConverter : IConverter<ExecutionNotFoundException, ErrorSurrogate>
{
    public ExecutionNotFoundException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key);

    public ErrorSurrogate ConvertToSurrogate(in ExecutionNotFoundException value) => ErrorSurrogate.Of(value, value.Key);
}

[RegisterConverter]
internal sealed class AlreadyExistsConverter : IConverter<ExecutionAlreadyExistsException, ErrorSurrogate>
{
    public ExecutionAlreadyExistsException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key, surrogate.Uid);

    public ErrorSurrogate ConvertToSurrogate(in ExecutionAlreadyExistsException value) =>
        ErrorSurrogate.Of(value, value.Key) with { Uid = value.ExistingUid };
}

[RegisterConverter]
internal sealed class ConflictConverter : IConverter<ExecutionConflictException, ErrorSurrogate>
{
    public ExecutionConflictException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key, surrogate.Text);

    public ErrorSurrogate ConvertToSurrogate(in ExecutionConflictException value) => ErrorSurrogate.Of(value, value.Key);
}

[RegisterConverter]
internal sealed class UnavailableConverter : IConverter<UnavailableException, ErrorSurrogate>
{
    public UnavailableException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Text) { MayHaveBeenDone = surrogate.Flag };

    public ErrorSurrogate ConvertToSurrogate(in UnavailableException value) => ErrorSurrogate.Of(value) with { Flag = value.MayHaveBeenDone };
}

[RegisterConverter]
internal sealed class VersionExpiredConverter : IConverter<VersionExpiredException, ErrorSurrogate>
{
    public VersionExpiredException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Text);

    public ErrorSurrogate ConvertToSurrogate(in VersionExpiredException value) => ErrorSurrogate.Of(value);
}

[RegisterConverter]
internal sealed class TooManyRequestsConverter : IConverter<TooManyRequestsException, ErrorSurrogate>
{
    public TooManyRequestsException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Text, surrogate.RetryAfter);

    public ErrorSurrogate ConvertToSurrogate(in TooManyRequestsException value) => ErrorSurrogate.Of(value) with { RetryAfter = value.RetryAfter };
}

[RegisterConverter]
internal sealed class AccessDeniedConverter : IConverter<AccessDeniedException, ErrorSurrogate>
{
    public AccessDeniedException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Text);

    public ErrorSurrogate ConvertToSurrogate(in AccessDeniedException value) => ErrorSurrogate.Of(value);
}

[RegisterConverter]
internal sealed class PayloadTooLargeConverter : IConverter<PayloadTooLargeException, ErrorSurrogate>
{
    public PayloadTooLargeException ConvertFromSurrogate(in ErrorSurrogate surrogate) =>
        new(surrogate.Text, surrogate.Size, surrogate.Limit, surrogate.Step);

    public ErrorSurrogate ConvertToSurrogate(in PayloadTooLargeException value) =>
        new() { Text = value.What, Size = value.Size, Limit = value.Limit, Step = value.Step };
}

/// <summary>Errors of no kind of their own, such as those of a damaged archive or of a store that rejects a change.</summary>
[RegisterConverter]
internal sealed class KontinueErrorConverter : IConverter<KontinueException, ErrorSurrogate>
{
    public KontinueException ConvertFromSurrogate(in ErrorSurrogate surrogate) =>
        new((ErrorKind)surrogate.Kind, surrogate.Text, surrogate.Flag, surrogate.Step);

    public ErrorSurrogate ConvertToSurrogate(in KontinueException value) =>
        new() { Text = value.Message, Kind = (int)value.Kind, Flag = value.Retryable, Step = value.Step };
}
