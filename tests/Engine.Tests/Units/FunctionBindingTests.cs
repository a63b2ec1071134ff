using Kontinue.Engine.Functions;
using Kontinue.Engine.Tests.Support;
using Xunit;

namespace Kontinue.Engine.Tests.Units;

public sealed class FunctionBindingTests
{
    private sealed record Number(int N);

    private static readonly Dictionary<string, (Delegate Handler, string Result)> Shapes = new()
    {
        ["nothing"] = (() => { }, "null"),
        ["value"] = (() => 1, "1"),
        ["task"] = (() => Task.CompletedTask, "null"),
        ["task-of"] = (async () => { await Task.Yield(); return 2; }, "2"),
        ["value-task"] = (() => ValueTask.CompletedTask, "null"),
        ["value-task-of"] = (() => ValueTask.FromResult(3), "3"),
        ["arguments"] = ((Number a) => a.N, "7"),
        ["context"] = ((KontinueContext ktx) => ktx.Attempt, "1"),
        ["token"] = ((CancellationToken ct) => ct.IsCancellationRequested, "false"),
        ["services"] = ((IServiceProvider s) => s is not null, "true"),
        ["all"] = (async (CancellationToken ct, Number a, IServiceProvider s, KontinueContext ktx) =>
        {
            await Task.Yield();
            return a.N + ktx.Attempt;
        }, "8"),
        ["value-type"] = ((KeyValuePair<string, int> a) => a.Key ?? "none", "\"none\""),
    };

    public static TheoryData<string> Names => [.. Shapes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_shape_can_be_called(string shape)
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction(shape, Shapes[shape].Handler));
        ExecutionKey key = await host.StartFunctionAsync(shape, new Number(7));
        Assert.Equal(Shapes[shape].Result, (await host.WaitForEndAsync(key)).Status!.Result.ToString());
    }

    [Fact]
    public void Two_arguments_are_refused() => Assert.Contains(
        "two arguments", Assert.Throws<ArgumentException>(() => FunctionBinding.Create("f", (int a, string b) => a, KontinueJson.Options)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Absent_arguments_are_the_default() =>
        Assert.Equal(0, FunctionBinding.Create("f", (int a) => a, KontinueJson.Options).BindArguments(default, KontinueJson.Options));
}
