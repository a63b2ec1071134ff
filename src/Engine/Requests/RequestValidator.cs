using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Functions;
using Kontinue.Resources;

namespace Kontinue.Engine.Requests;

/// <summary>Refuses at the door what cannot be run, naming the field.</summary>
internal sealed class RequestValidator(FunctionRegistry functions, KontinueOptions options)
{
    private const int MaxRetries = 1_000_000;
    private const int MaxMetadataBytes = 256 * 1024;

    /// <summary>A payload becomes part of messages, journal and status, which are read with the usual bound of 64 levels.</summary>
    private static readonly JsonReaderOptions PayloadRules = new() { MaxDepth = 60 };

    /// <exception cref="InvalidRequestException">A field is wrong.</exception>
    public void Validate(Execution execution)
    {
        ObjectMetadata metadata = execution.Metadata;
        ExecutionSpec spec = execution.Spec;
        Require(metadata.Namespace is null || Names.IsNamespace(metadata.Namespace), "metadata.namespace",
            $"'{metadata.Namespace}' is not a namespace. {Names.NamespaceRule}");
        Require(metadata.Name is not null || metadata.GenerateName is not null, "metadata.name",
            "A name is missing. Set metadata.name, or metadata.generateName to let the server make one.");
        Require(metadata.Name is null || Names.IsExecutionName(metadata.Name), "metadata.name",
            $"'{metadata.Name}' is not a name. {Names.ExecutionNameRule}");
        Require(metadata.Name is not null || IsPrefix(metadata.GenerateName!), "metadata.generateName",
            $"'{metadata.GenerateName}' cannot begin a name. {Names.ExecutionNameRule}");
        ValidateSettings(metadata, spec.Ttl);
        Require(execution.Status is null, "status", "The status is set by the server.");
        Require(Names.IsFunctionName(spec.Function), "spec.function", $"'{spec.Function}' is not a function name. {Names.FunctionNameRule}");
        Require(spec.WorkerGroup is null || Names.IsNamespace(spec.WorkerGroup), "spec.workerGroup",
            $"'{spec.WorkerGroup}' is not the name of a worker group. {Names.NamespaceRule}");
        Require(spec.Mutex is null || Names.IsSharedName(spec.Mutex.Name), "spec.mutex.name",
            $"'{spec.Mutex?.Name}' is not the name of a mutex. {Names.SharedNameRule}");
        Require(spec.ConcurrencyKey is null || Names.IsSharedName(spec.ConcurrencyKey), "spec.concurrencyKey",
            $"'{spec.ConcurrencyKey}' is not a concurrency key. {Names.SharedNameRule}");
        Require(spec.Priority is null or (>= Priorities.First and <= Priorities.Last), "spec.priority",
            $"The priority must be from {Priorities.First} (first) to {Priorities.Last}, not {spec.Priority}.");
        ValidateRetry(spec.Retry);
        ValidateWait(spec.Timeout?.Attempt, "spec.timeout.attempt", "A timeout");
        ValidateWait(spec.Timeout?.Overall, "spec.timeout.overall", "A timeout");
        ValidateArguments(spec);
    }

    /// <summary>Checks what may be changed later too.</summary>
    /// <exception cref="InvalidRequestException">A field is wrong.</exception>
    public void ValidateSettings(ObjectMetadata metadata, TtlSpec? ttl)
    {
        ThrowIf(Names.FindBadLabel(metadata.Labels), "metadata.labels");
        ThrowIf(Names.FindBadAnnotation(metadata.Annotations), "metadata.annotations");
        Require(Size(metadata.Labels) + Size(metadata.Annotations) <= MaxMetadataBytes, "metadata.annotations",
            $"Labels and annotations together must be at most {MaxMetadataBytes / 1024} KiB.");
        ValidateWait(ttl?.ArchiveAfter, "spec.ttl.archiveAfter", "The time until it is archived");
        ValidateWait(ttl?.DeleteAfter, "spec.ttl.deleteAfter", "The time until it is deleted");
    }

    /// <exception cref="PayloadTooLargeException">It is too large.</exception>
    /// <exception cref="InvalidRequestException">It is not JSON.</exception>
    public void ValidatePayload(JsonPayload payload, string what, string field)
    {
        if (payload.Length > options.MaxPayloadBytes)
        {
            throw new PayloadTooLargeException(what, payload.Length, options.MaxPayloadBytes);
        }

        // It is written into larger JSON as it is: what is no JSON would make that unreadable, and with it the whole execution. Bytes do
        // not tell whether they came through a parser, so all are read once; that costs a microsecond or two per kilobyte.
        if (!payload.IsNone && FindFault(payload.Utf8.Span) is { } fault)
        {
            throw new InvalidRequestException(field, $"{what} must be one JSON value: {fault}");
        }
    }

    private static string? FindFault(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return "The bytes are not UTF-8.";
        }

        var reader = new Utf8JsonReader(json, PayloadRules);
        try
        {
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static void ThrowIf((string Key, string Reason)? bad, string field)
    {
        if (bad is { } found)
        {
            throw new InvalidRequestException($"{field}['{found.Key}']", found.Reason);
        }
    }

    private static void ValidateRetry(RetrySpec? retry)
    {
        if (retry is null)
        {
            return;
        }

        Require(retry.Retries is >= 0 and <= MaxRetries, "spec.retry.retries", $"Retries must be from 0 to {MaxRetries}, not {retry.Retries}.");
        ValidateBackoff(retry.Backoff, "spec.retry.backoff");
        ValidateBackoff(retry.MaxBackoff, "spec.retry.maxBackoff");
        Require(retry.Multiplier >= 1 && double.IsFinite(retry.Multiplier), "spec.retry.multiplier", $"The multiplier must be at least 1, not {retry.Multiplier}.");
        Require(retry.Jitter is >= 0 and <= 1, "spec.retry.jitter", $"The jitter must be from 0 to 1, not {retry.Jitter}.");
        Require(Enum.IsDefined(retry.ChildPolicy), "spec.retry.childPolicy", "Use None or RetryFailed.");
    }

    // Longer ones would lead out of the calendar.
    private static void ValidateBackoff(TimeSpan? backoff, string field) =>
        Require(backoff is null || (backoff >= TimeSpan.Zero && backoff <= Duration.Max), field,
            "A backoff must not be negative, and at most 100 years.");

    private static void ValidateWait(TimeSpan? wait, string field, string what) =>
        Require(wait is null || (wait > TimeSpan.Zero && wait <= Duration.Max), field, $"{what} must be more than zero and at most 100 years.");

    private void ValidateArguments(ExecutionSpec spec)
    {
        if (spec.Arguments.IsNone)
        {
            return;
        }

        ValidatePayload(spec.Arguments, "The arguments", "spec.arguments");
        Require(FirstByte(spec.Arguments) == '{', "spec.arguments", "The arguments must be a JSON object.");
        if (functions.TryGet(spec.Function, out FunctionDefinition? function))
        {
            try
            {
                function.Binding.BindArguments(spec.Arguments, options.Json);
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                string path = (e as JsonException)?.Path is { Length: > 1 } inside ? "spec.arguments" + inside[1..] : "spec.arguments";
                throw new InvalidRequestException(path, $"The arguments do not fit function '{spec.Function}': {e.Message}");
            }
        }
    }

    private static byte FirstByte(JsonPayload payload)
    {
        ReadOnlySpan<byte> rest = payload.Utf8.Span.TrimStart(" \t\r\n"u8);
        return rest.IsEmpty ? (byte)0 : rest[0];
    }

    // The characters that are appended may follow a '-' or '.', which could not end a name.
    private static bool IsPrefix(string prefix) => prefix.Length <= 240 && Names.IsExecutionName(prefix + "0");

    private static int Size(IReadOnlyDictionary<string, string>? map) => map?.Sum(pair => pair.Key.Length + pair.Value.Length) ?? 0;

    private static void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            throw new InvalidRequestException(field, message);
        }
    }

    private static void Require(bool holds, string field, [InterpolatedStringHandlerArgument(nameof(holds))] ref RefusalText message)
    {
        if (!holds)
        {
            throw new InvalidRequestException(field, message.ToString());
        }
    }

    /// <summary>A message that is put together only if it is needed: most requests are right.</summary>
    [InterpolatedStringHandler]
    private ref struct RefusalText
    {
        private DefaultInterpolatedStringHandler _text;

        public RefusalText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}
