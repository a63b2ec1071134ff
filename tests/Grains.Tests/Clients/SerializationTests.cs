using System.Text.Json;
using Kontinue.Client;
using Kontinue.Grains.Client.Contracts;
using Kontinue.Grains.Client.Serialization;
using Kontinue.Resources;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>What the grains' members take and give arrives as it was sent.</summary>
public sealed class SerializationTests
{
    private static readonly ExecutionError Error = new(ErrorKind.Timeout, "late", Retryable: true, "pay#2", "System.TimeoutException");
    private static readonly ExecutionKey Key = new("shop", "order-17");

    private readonly Serializer _serializer = new ServiceCollection().AddKontinueSerialization().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<Exception> Errors =>
    [
        new KontinueException(ErrorKind.Internal, "odd", retryable: true, "step"), new NonRetryableException("never"), new StepFailedException("pay", Error),
        new ChildFailedException(Key, Error), new ChildCanceledException(Key), new ExecutionFailedException(Key, Error), new ExecutionCanceledException(Key),
        new DurableTimeoutException("approval", TimeSpan.FromMinutes(5)), new PayloadTooLargeException("The arguments", 2_000_000, 1_048_576, "pay"),
        new InvalidRequestException("spec.ttl", "It is wrong."), new ExecutionNotFoundException(Key), new ExecutionAlreadyExistsException(Key, Guid.NewGuid()),
        new ExecutionConflictException(Key, "It has ended."), new UnavailableException("away") { MayHaveBeenDone = true }, new UnavailableException("away"),
        new VersionExpiredException("too old"), new TooManyRequestsException("slower", TimeSpan.FromSeconds(3)), new AccessDeniedException("no"),
        new JobFailedException("count", new ExecutionError(ErrorKind.ChildFailed, "It ended with 3.", Retryable: true, "count"), new JobResult
        {
            Outcome = JobOutcome.Failed, Message = "It ended with 3.", LogLines = ["one", "two"], Tries = 2,
        }),
    ];

    public static TheoryData<object> Values =>
    [
        new ListQuery { Limit = 3, Continue = "c", Selector = Selector() }, new ListQuery(), new WatchQuery { ResourceVersion = "17", Selector = Selector() }, new WatchQuery(),
        new DeleteRequest { Orphan = true, Force = true, Uid = Guid.NewGuid(), ResourceVersion = "8", DryRun = true }, new ResumeRequest(),
        new ResumeRequest { Suspension = "approval", Payload = JsonPayload.Parse("""{"a":[1,null,"ü"]}""") }, new CancelRequest(), new CancelRequest { Reason = "r" },
        new EventRequest { Name = "e" }, new EventRequest { Name = "e", Payload = JsonPayload.Null }, new RetryRequest(), new RetryRequest { ChildPolicy = ChildPolicy.None },
        new SkipRequest { Result = JsonPayload.Null, Reason = "r" }, new SkipRequest(), new ResubmitRequest(), new ResubmitRequest { Name = "n" }, Full(), Bare(),
        new ExecutionEvent(ExecutionEventType.Modified, Full(), "9"), new ExecutionEvent(ExecutionEventType.Bookmark, Execution: null, "9") { IsInitialEnd = true },
        new ExecutionList { Items = [Full(), Bare()], Metadata = new ListMetadata { Continue = "c", ResourceVersion = "1" } },
        new JournalPage { Next = 5, Items = [new JournalEntry { Sequence = 1, Kind = "StepCompleted", At = DateTimeOffset.UnixEpoch.AddTicks(1234567), Value = JsonPayload.Null, Error = Error }] },
        new ArchivedTreeLine { Execution = Full() }, new SuspensionList { Items = [] }, new FunctionList { Items = [] }, new SiloList { Items = [] }, new ArchivedExecutionList { Items = [] },
    ];

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_keeps_its_type_and_what_it_tells(Exception error)
    {
        Exception there = Trip<Exception>(error);
        Assert.Equal(error.GetType(), there.GetType());
        foreach (System.Reflection.PropertyInfo property in error.GetType().GetProperties().Where(p => typeof(KontinueException).IsAssignableFrom(p.DeclaringType)))
        {
            Assert.Equal(JsonSerializer.Serialize(property.GetValue(error)), JsonSerializer.Serialize(property.GetValue(there)));
        }

        Assert.Equal(error.Message, there.Message);
        Assert.Equal(error.GetType(), Trip<object>(error).GetType());
    }

    [Fact]
    public void Every_error_is_looked_at() => Assert.Equal(
        typeof(KontinueException).Assembly.GetExportedTypes().Where(typeof(KontinueException).IsAssignableFrom).OrderBy(type => type.Name, StringComparer.Ordinal),
        ((IEnumerable<object[]>)Errors).Select(row => row[0].GetType()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_arrives_as_it_was_sent(object value)
    {
        object there = Trip<object>(value);
        Assert.Equal(value.GetType(), there.GetType());
        Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(there));
    }

    [Fact]
    public void No_payload_and_a_null_stay_apart()
    {
        Assert.True(Trip(new EventRequest { Name = "e" }).Payload.IsNone);
        Assert.Equal(JsonPayload.Null, Trip(new EventRequest { Name = "e", Payload = JsonPayload.Null }).Payload);
        Assert.True(Trip(Bare()).Spec.Arguments.IsNone);
        Assert.Equal(JsonPayload.Null, Trip(Full()).Status!.Result);
    }

    [Fact]
    public void An_outcome_has_the_execution_or_the_error_of_its_type()
    {
        Assert.Equal(Full().Key, Trip(new GrainCreateOutcome(Full(), Error: null)).Execution!.Key);
        Assert.Equal(Key, Assert.IsType<ExecutionAlreadyExistsException>(
            Trip(new GrainCreateOutcome(Execution: null, new ExecutionAlreadyExistsException(Key, Guid.NewGuid()))).Error).Key);
        Assert.Equal(ErrorKind.Internal, Assert.IsType<KontinueException>(
            Trip(new GrainCreateOutcome(Execution: null, new KontinueException(ErrorKind.Internal, "m", retryable: false))).Error).Kind);
        IReadOnlyList<GrainCreateOutcome> many = Trip<IReadOnlyList<GrainCreateOutcome>>([new GrainCreateOutcome(Bare(), Error: null)]);
        Assert.Equal(Bare().Key, Assert.Single(many).Execution!.Key);
        Assert.Equal(2, Trip<IReadOnlyList<Execution>>([Full(), Bare()]).Count);
        Assert.Equal(2, Trip<IReadOnlyList<Execution>>(new Execution[] { Full(), Bare() }).Count);
    }

    [Fact]
    public void Nothing_that_an_execution_may_say_is_left_out_of_the_one_that_is_sent_here()
    {
        Execution full = Full();
        Assert.All(new object[] { full, full.Metadata, full.Spec, full.Status! }, part => Assert.All(
            part.GetType().GetProperties(), property => Assert.False(
                property.GetValue(part) is not { } value || (value.GetType().IsValueType && value.Equals(Activator.CreateInstance(value.GetType()))),
                $"{part.GetType().Name}.{property.Name} has no value in {nameof(Full)}: give it one, so that it is seen to arrive.")));
    }

    [Fact]
    public void Each_property_arrives_without_the_others()
    {
        Execution full = Full();
        foreach (System.Reflection.PropertyInfo property in typeof(ObjectMetadata).GetProperties())
        {
            var part = new ObjectMetadata();
            property.SetValue(part, property.GetValue(full.Metadata));
            Arrives(Bare() with { Metadata = part });
        }

        foreach (System.Reflection.PropertyInfo property in typeof(ExecutionSpec).GetProperties())
        {
            var part = new ExecutionSpec { Function = "g" };
            property.SetValue(part, property.GetValue(full.Spec));
            Arrives(Bare() with { Spec = part });
        }

        foreach (System.Reflection.PropertyInfo property in typeof(ExecutionStatus).GetProperties())
        {
            var part = new ExecutionStatus();
            property.SetValue(part, property.GetValue(full.Status));
            Arrives(Bare() with { Status = part });
        }

        Arrives(Bare() with { ApiVersion = "other/v2", Kind = "Other" });
        void Arrives(Execution one) => Assert.Equal(JsonSerializer.Serialize(one), JsonSerializer.Serialize(Trip(one)));
    }

    private T Trip<T>(T value) => _serializer.Deserialize<T>(_serializer.SerializeToArray(value))!;

    private static ExecutionSelector Selector() => new()
    {
        Namespace = "n", Name = "x", Function = "f", ParentUid = Guid.NewGuid(),
        Phases = new HashSet<ExecutionPhase> { ExecutionPhase.Failed, ExecutionPhase.Suspended },
        Labels = [new LabelRequirement("zone", LabelOperator.NotIn, ["a", "b"]), new LabelRequirement("old", LabelOperator.DoesNotExist, [])],
    };

    private static Execution Bare() => new() { Metadata = new ObjectMetadata { Name = "bare" }, Spec = new ExecutionSpec { Function = "f" } };

    private static Execution Full() => new()
    {
        Metadata = new ObjectMetadata
        {
            Name = "full", Namespace = "n", Uid = Guid.NewGuid(), ResourceVersion = "5", Generation = 2, CreationTimestamp = DateTimeOffset.UnixEpoch.AddTicks(7654321),
            GenerateName = "fu", DeletionTimestamp = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            Labels = new Dictionary<string, string> { ["a"] = "b" }, Annotations = new Dictionary<string, string> { ["c/d"] = "e\n\u2028" },
            OwnerReferences = [new OwnerReference("v", "k", "n", Guid.NewGuid())],
        },
        Spec = new ExecutionSpec
        {
            Function = "f", Arguments = JsonPayload.Parse("""{"x":1e2}"""), WorkerGroup = "g", Retry = new RetrySpec { Retries = 2 }, Priority = 1,
            Mutex = new MutexSpec { Name = "m" }, Ttl = new TtlSpec { DeleteAfter = TimeSpan.FromHours(1) },
            Timeout = new TimeoutSpec { Attempt = TimeSpan.FromSeconds(7) }, ConcurrencyKey = "k",
        },
        Status = new ExecutionStatus
        {
            Phase = ExecutionPhase.Completed, Result = JsonPayload.Null, Error = Error, Attempts = 3, Resumptions = 4, Silo = "s", QueuedFor = TimeSpan.FromMilliseconds(3),
            State = new Dictionary<string, JsonPayload> { ["pay"] = JsonPayload.Parse("[1]") }, Children = [new ChildReference("c", "f", ExecutionPhase.Failed)],
            Jobs = [new JobReference("j", "Job", "id", ExecutionPhase.Executing)], WaitingFor = [new WaitReference("Event", "go", DateTimeOffset.UnixEpoch, "why")],
            StartedAt = DateTimeOffset.UnixEpoch.AddTicks(1), FinishedAt = DateTimeOffset.UnixEpoch.AddTicks(2), WakeAt = DateTimeOffset.UnixEpoch.AddTicks(3),
            Conditions = [new Condition(Condition.Held, "True", "Reason", "m", DateTimeOffset.UnixEpoch)],
        },
    };
}
