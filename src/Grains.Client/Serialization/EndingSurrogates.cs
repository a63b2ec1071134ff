namespace Kontinue.Grains.Client.Serialization;

[RegisterConverter]
internal sealed class NonRetryableConverter : IConverter<NonRetryableException, ErrorSurrogate>
{
    public NonRetryableException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Text);

    public ErrorSurrogate ConvertToSurrogate(in NonRetryableException value) => ErrorSurrogate.Of(value);
}

[RegisterConverter]
internal sealed class StepFailedConverter : IConverter<StepFailedException, ErrorSurrogate>
{
    public StepFailedException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Name ?? "", surrogate.ToError());

    public ErrorSurrogate ConvertToSurrogate(in StepFailedException value) => ErrorSurrogate.Of(value.Error) with { Name = value.Step };
}

[RegisterConverter]
internal sealed class ChildFailedConverter : IConverter<ChildFailedException, ErrorSurrogate>
{
    public ChildFailedException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key, surrogate.ToError());

    public ErrorSurrogate ConvertToSurrogate(in ChildFailedException value) => ErrorSurrogate.Of(value.Error, value.Child);
}

[RegisterConverter]
internal sealed class ChildCanceledConverter : IConverter<ChildCanceledException, ErrorSurrogate>
{
    public ChildCanceledException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key);

    public ErrorSurrogate ConvertToSurrogate(in ChildCanceledException value) => ErrorSurrogate.Of(value, value.Child);
}

[RegisterConverter]
internal sealed class ExecutionFailedConverter : IConverter<ExecutionFailedException, ErrorSurrogate>
{
    public ExecutionFailedException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key, surrogate.ToError());

    public ErrorSurrogate ConvertToSurrogate(in ExecutionFailedException value) => ErrorSurrogate.Of(value.Error, value.Key);
}

[RegisterConverter]
internal sealed class ExecutionCanceledConverter : IConverter<ExecutionCanceledException, ErrorSurrogate>
{
    public ExecutionCanceledException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Key);

    public ErrorSurrogate ConvertToSurrogate(in ExecutionCanceledException value) => ErrorSurrogate.Of(value, value.Key);
}

[RegisterConverter]
internal sealed class DurableTimeoutConverter : IConverter<DurableTimeoutException, ErrorSurrogate>
{
    public DurableTimeoutException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Step ?? "", surrogate.RetryAfter);

    public ErrorSurrogate ConvertToSurrogate(in DurableTimeoutException value) =>
        ErrorSurrogate.Of(value) with { Step = value.Step, RetryAfter = value.Timeout };
}

[RegisterConverter]
internal sealed class JobFailedConverter : IConverter<JobFailedException, ErrorSurrogate>
{
    public JobFailedException ConvertFromSurrogate(in ErrorSurrogate surrogate) =>
        new(surrogate.Name ?? "", surrogate.ToError(), surrogate.Job ?? new JobResult { Outcome = JobOutcome.Failed });

    public ErrorSurrogate ConvertToSurrogate(in JobFailedException value) =>
        ErrorSurrogate.Of(new ExecutionError(value.Kind, value.Message, value.Retryable, value.Step)) with { Name = value.Step, Job = value.Result };
}
