using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Resources;

namespace Kontinue.Client.Tests.Support;

/// <summary>The contract of the API over a dictionary: just enough of it to tell a client that keeps to it from one that does not.</summary>
internal sealed class FakeApi
{
    public const string Executions = "/apis/kontinue.cloud/v1alpha1/namespaces/default/executions";

    private readonly Lock _gate = new();
    private long _version;

    public Dictionary<string, Execution> Stored { get; } = new(StringComparer.Ordinal);

    /// <summary>What was done, such as <c>resume x</c>: once each, or something was repeated that must not be.</summary>
    public ConcurrentQueue<string> Effects { get; } = [];

    /// <summary>Whether deletions end at once. False: executions are marked only.</summary>
    public bool DeletesAtOnce { get; set; } = true;

    /// <summary>Called before each patch, as somebody else who is faster.</summary>
    public Action? BeforePatch { get; set; }

    /// <summary>Called before each deletion, as somebody else who is faster.</summary>
    public Action? BeforeDelete { get; set; }

    public static Answer Failure(int code, string reason, string message, string? name = null, Guid? uid = null, string? field = null) => new(code, Json(
        new ErrorStatus
        {
            Code = code, Reason = reason, Message = message,
            Details = new StatusDetails
            {
                Name = name, Kind = "executions", Uid = uid, Causes = field is null ? null : [new StatusCause("FieldValueInvalid", message, field)],
            },
        }, KontinueJsonContext.Writing.ErrorStatus));

    public static string Json<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    public Execution Put(string name, Func<Execution, Execution>? change = null)
    {
        lock (_gate)
        {
            var execution = new Execution
            {
                Metadata = new ObjectMetadata { Namespace = "default", Name = name }, Spec = new ExecutionSpec { Function = "hello" },
            };
            return Store(change is null ? execution : change(execution));
        }
    }

    /// <summary>Changes one as somebody else would.</summary>
    public Execution Change(string name, Func<ObjectMetadata, ObjectMetadata> change, bool isPersons = true)
    {
        lock (_gate)
        {
            Execution was = Stored[name];
            ObjectMetadata metadata = change(was.Metadata);
            return Stored[name] = was with
            {
                Metadata = metadata with { ResourceVersion = $"{++_version}", Generation = was.Metadata.Generation + (isPersons ? 1 : 0) },
            };
        }
    }

    public Answer Handle(Asked asked)
    {
        lock (_gate)
        {
            string[] rest = asked.Path[Executions.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
            return (asked.Method, rest) switch
            {
                ("POST", []) => Create(asked),
                ("POST", [string name, string action]) => Act(name, action, asked),
                (_, [string name, ..]) when !Stored.ContainsKey(name) => Failure(404, "NotFound", "There is none.", name),
                ("GET", [string name]) => Show(200, Stored[name]),
                ("PATCH", [string name]) => Patch(name, asked),
                ("DELETE", [string name]) => Delete(name, asked),
                _ => Failure(405, "MethodNotAllowed", $"{asked.Method} is not supported here."),
            };
        }
    }

    private static Answer Show(int code, Execution execution) => new(code, Json(execution, KontinueJsonContext.Writing.Execution));

    private static Answer Taken(Execution there) => Failure(409, "AlreadyExists", "It is there.", there.Metadata.Name, there.Metadata.Uid);

    private static Answer Success(int code) => new(code, Json(
        new ErrorStatus { Code = code, Status = ErrorStatus.Success }, KontinueJsonContext.Writing.ErrorStatus));

    private Answer Create(Asked asked)
    {
        if (JsonNode.Parse(asked.Body)!["kind"]!.GetValue<string>() == "ExecutionList")
        {
            return CreateMany(JsonSerializer.Deserialize(asked.Body, ResourceJson.Strict<ExecutionList>())!.Items);
        }

        Execution execution = JsonSerializer.Deserialize(asked.Body, ResourceJson.Strict<Execution>())!;
        if (Stored.TryGetValue(execution.Metadata.Name!, out Execution? there))
        {
            return Taken(there);
        }

        return Show(201, asked.Query.Contains("dryRun=All", StringComparison.Ordinal) ? execution : Store(execution));
    }

    private Answer CreateMany(IReadOnlyList<Execution> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Spec.Function.Length == 0)
            {
                return Failure(422, "Invalid", "is required", field: $"items[{i}].spec.function");
            }
        }

        var taken = new List<StatusCause>();
        var created = new List<Execution>();
        for (int i = 0; i < items.Count; i++)
        {
            if (Stored.ContainsKey(items[i].Metadata.Name!))
            {
                taken.Add(new StatusCause("FieldValueDuplicate", "It is there.", $"items[{i}].metadata.name"));
            }
            else
            {
                created.Add(Store(items[i]));
            }
        }

        return taken.Count == 0
            ? new Answer(201, Json(new ExecutionList { Items = created }, KontinueJsonContext.Writing.ExecutionList))
            : new Answer(409, Json(
                new ErrorStatus { Code = 409, Reason = "AlreadyExists", Message = "Some are there.", Details = new StatusDetails { Causes = taken } },
                KontinueJsonContext.Writing.ErrorStatus));
    }

    private Answer Act(string name, string action, Asked asked)
    {
        if (!Stored.TryGetValue(name, out Execution? execution))
        {
            return Failure(404, "NotFound", "There is none.", name);
        }

        if (action == "resubmit")
        {
            string copy = JsonNode.Parse(asked.Body)!["name"]!.GetValue<string>();
            return Stored.TryGetValue(copy, out Execution? there) ? Taken(there) : Show(201, Store(execution with
            {
                Metadata = new ObjectMetadata { Namespace = "default", Name = copy, Labels = execution.Metadata.Labels }, Status = null,
            }));
        }

        if (execution.Status!.Phase.IsTerminal() && action is not "retry")
        {
            return Failure(409, "Conflict", "It has ended.", name);
        }

        Effects.Enqueue($"{action} {name} {asked.Body}");
        if (action == "cancel")
        {
            Stored[name] = execution with { Status = new ExecutionStatus { Phase = ExecutionPhase.Canceled } };
        }

        return Success(202);
    }

    private Answer Patch(string name, Asked asked)
    {
        BeforePatch?.Invoke();
        if (asked.ContentType is not "application/json-patch+json")
        {
            return Failure(415, "UnsupportedMediaType", $"'{asked.ContentType}' is not supported.");
        }

        JsonNode document = JsonNode.Parse(Json(Stored[name], KontinueJsonContext.Writing.Execution))!;
        foreach (JsonNode? operation in JsonNode.Parse(asked.Body)!.AsArray())
        {
            string[] path = [.. operation!["path"]!.GetValue<string>().Split('/').Skip(1).Select(p => p.Replace("~1", "/").Replace("~0", "~"))];
            JsonObject parent = path[..^1].Aggregate(document.AsObject(), (node, part) => node[part]!.AsObject());
            string last = path[^1];
            switch (operation["op"]!.GetValue<string>())
            {
                case "test" when !JsonNode.DeepEquals(parent[last], operation["value"]):
                    return Failure(409, "Conflict", $"/{string.Join('/', path)} has another value than the one tested for.", name);
                case "add" or "replace":
                    parent[last] = operation["value"]?.DeepClone();
                    break;
                case "remove":
                    parent.Remove(last);
                    break;
            }
        }

        Execution after = document.Deserialize(ResourceJson.Tolerant<Execution>())!;
        if (after.Spec.Function != Stored[name].Spec.Function)
        {
            return Failure(422, "Invalid", "must not change", name, field: "spec.function");
        }

        Effects.Enqueue($"patch {name}");
        return Show(200, Change(name, m => m with { Labels = after.Metadata.Labels, Annotations = after.Metadata.Annotations }));
    }

    private Answer Delete(string name, Asked asked)
    {
        BeforeDelete?.Invoke();
        if (!Stored.TryGetValue(name, out Execution? execution))
        {
            return Failure(404, "NotFound", "There is none.", name);
        }

        JsonNode options = JsonNode.Parse(asked.Body)!;
        if (options["preconditions"]?["uid"] is { } uid && uid.GetValue<Guid>() != execution.Metadata.Uid)
        {
            return Failure(409, "Conflict", "It has another uid.", name);
        }

        if (options["preconditions"]?["resourceVersion"] is { } version && version.GetValue<string>() != execution.Metadata.ResourceVersion)
        {
            return Failure(409, "Conflict", "It has another version.", name);
        }

        if (options["dryRun"] is not null)
        {
            return Success(200);
        }

        Effects.Enqueue($"delete {name}");
        if (!DeletesAtOnce)
        {
            return Show(200, Change(name, m => m with { DeletionTimestamp = DateTimeOffset.UnixEpoch }));
        }

        Stored.Remove(name);
        return Success(200);
    }

    private Execution Store(Execution execution)
    {
        Effects.Enqueue($"create {execution.Metadata.Name}");
        return Stored[execution.Metadata.Name!] = execution with
        {
            Metadata = execution.Metadata with { Uid = Guid.NewGuid(), ResourceVersion = $"{++_version}", Generation = 1 },
            Status = execution.Status ?? new ExecutionStatus { Phase = ExecutionPhase.Pending },
        };
    }
}
