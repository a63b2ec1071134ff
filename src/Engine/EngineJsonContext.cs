using System.Text.Json.Serialization;
using Kontinue.Engine.Executions;
using Kontinue.Engine.Journal;
using Kontinue.Engine.Messages;

namespace Kontinue.Engine;

/// <summary>How the engine writes what it stores. Generated, so that the hot path needs no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(ChildInfo))]
[JsonSerializable(typeof(JobInfo))]
[JsonSerializable(typeof(StoredSpec))]
[JsonSerializable(typeof(StoredSettings))]
[JsonSerializable(typeof(StoredStatus))]
[JsonSerializable(typeof(MessageBody))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class EngineJsonContext : JsonSerializerContext;
