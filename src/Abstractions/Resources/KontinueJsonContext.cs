using System.Text.Json.Serialization;

namespace Kontinue.Resources;

/// <summary>
/// The resources' writing code, made at build time. Reading goes through <see cref="ResourceJson"/>: generated readers forget the
/// default values of init-only properties.
/// </summary>
[JsonSerializable(typeof(Execution))]
[JsonSerializable(typeof(ExecutionList))]
[JsonSerializable(typeof(JournalPage))]
[JsonSerializable(typeof(ErrorStatus))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(EventRequest))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(SkipRequest))]
[JsonSerializable(typeof(ResubmitRequest))]
[JsonSerializable(typeof(Suspension))]
[JsonSerializable(typeof(SuspensionList))]
[JsonSerializable(typeof(Function))]
[JsonSerializable(typeof(FunctionList))]
[JsonSerializable(typeof(ArchivedExecution))]
[JsonSerializable(typeof(ArchivedExecutionList))]
[JsonSerializable(typeof(ArchivedTreeLine))]
[JsonSerializable(typeof(Silo))]
[JsonSerializable(typeof(SiloList))]
public sealed partial class KontinueJsonContext : JsonSerializerContext
{
    /// <summary>The way resources are written: camelCase, enums as strings, absent values left out.</summary>
    public static KontinueJsonContext Writing { get; } = new(ResourceJson.Create(strict: false));
}
