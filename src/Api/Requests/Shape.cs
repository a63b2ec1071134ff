namespace Kontinue.Api.Requests;

/// <summary>What a JSON value should look like. Only the diagnosis of a bad body reads it; a good one is bound without it.</summary>
internal sealed class Shape
{
    private Shape(ShapeKind kind) => Kind = kind;

    public static Shape Any { get; } = new(ShapeKind.Any);

    public static Shape Text { get; } = new(ShapeKind.Text);

    public static Shape Duration { get; } = new(ShapeKind.Duration);

    public static Shape Integer { get; } = new(ShapeKind.Integer);

    public static Shape Number { get; } = new(ShapeKind.Number);

    public static Shape TextMap { get; } = new(ShapeKind.TextMap);

    public static Shape Resume { get; } = Object(("suspension", Text), ("payload", Any));

    public static Shape Cancel { get; } = Object(("reason", Text));

    public static Shape Event { get; } = Object(("name", Text.Must()), ("payload", Any));

    public static Shape Execution { get; } = Object(
        ("apiVersion", Text),
        ("kind", Text),
        ("metadata", Object(
            ("name", Text), ("generateName", Text), ("namespace", Text), ("uid", Text), ("resourceVersion", Text),
            ("generation", Integer), ("creationTimestamp", Text), ("labels", TextMap), ("annotations", TextMap),
            ("ownerReferences", Any)).Must()),
        ("spec", Object(
            ("function", Text.Must()),
            ("arguments", Any),
            ("workerGroup", Text),
            ("retry", Object(
                ("retries", Integer), ("backoff", Duration.NotNull()), ("maxBackoff", Duration), ("multiplier", Number), ("jitter", Number),
                ("childPolicy", OneOf(Enum.GetNames<ChildPolicy>())))),
            ("timeout", Object(("attempt", Duration), ("overall", Duration)))).Must()),
        ("status", Any));

    public ShapeKind Kind { get; }

    public bool Required { get; private init; }

    public bool Nullable { get; private init; } = true;

    public IReadOnlyList<(string Name, Shape Shape)> Fields { get; private init; } = [];

    public IReadOnlyList<string> Values { get; private init; } = [];

    private static Shape Object(params (string, Shape)[] fields) => new(ShapeKind.Object) { Fields = fields };

    private static Shape OneOf(string[] values) => new(ShapeKind.OneOf) { Values = values, Nullable = false };

    private Shape Must() => new(Kind) { Fields = Fields, Values = Values, Required = true, Nullable = false };

    private Shape NotNull() => new(Kind) { Fields = Fields, Values = Values, Nullable = false };
}

internal enum ShapeKind
{
    Any,
    Text,
    Duration,
    Integer,
    Number,
    TextMap,
    OneOf,
    Object,
}
