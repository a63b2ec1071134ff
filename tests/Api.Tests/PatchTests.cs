using System.Text.Json.Nodes;
using Kontinue.Api.Patches;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class PatchTests
{
    /// <summary>The cases of RFC 7386, appendix A.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("[1,2]", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void MergePatch_Applied_GivesWhatTheStandardSays(string target, string patch, string expected) =>
        AssertSame(expected, MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)));

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":[1]}]""", """{"a":1,"b":[1]}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/1","value":9}]""", """{"a":[1,9,2]}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/-","value":9}]""", """{"a":[1,2,9]}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/2","value":9}]""", """{"a":[1,2,9]}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"remove","path":"/a/0"}]""", """{"a":[2]}""")]
    [InlineData("""{"a":1,"b":2}""", """[{"op":"remove","path":"/a"}]""", """{"b":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":{"c":1}}]""", """{"a":{"c":1}}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"replace","path":"/a/0","value":2}]""", """{"a":[2]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":[]}]""", "[]")]
    [InlineData("""{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"move","from":"/a/0","path":"/a/2"}]""", """{"a":[2,3,1]}""")]
    [InlineData("""{"a":1}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":1}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]""", """{"a":{"b":1},"c":{"b":2}}""")]
    [InlineData("""{"a/b":{"m~n":1}}""", """[{"op":"replace","path":"/a~1b/m~0n","value":2}]""", """{"a/b":{"m~n":2}}""")]
    [InlineData("""{"a":null}""", """[{"op":"test","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a":{"x":1,"y":[2]}}""", """[{"op":"test","path":"/a","value":{"y":[2],"x":1.0}}]""", """{"a":{"x":1,"y":[2]}}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"","value":{"a":1}}]""", """{"a":1}""")]
    [InlineData("""{"":{"":1}}""", """[{"op":"replace","path":"//","value":2}]""", """{"":{"":2}}""")]
    [InlineData("{}", "[]", "{}")]
    public void JsonPatch_Applied_GivesWhatTheStandardSays(string target, string patch, string expected) =>
        AssertSame(expected, Parse(patch).Apply(JsonNode.Parse(target)));

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", "Operation 0 (test): '/a'")]
    [InlineData("""[{"op":"test","path":"/b","value":1}]""", "There is nothing at '/b'")]
    [InlineData("""[{"op":"add","path":"/z/y","value":1}]""", "There is nothing at '/z/y'")]
    [InlineData("""[{"op":"add","path":"/a/y","value":1}]""", "There is nothing at '/a/y'")]
    [InlineData("""[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]""", "Operation 1 (remove)")]
    [InlineData("""[{"op":"replace","path":"/b","value":1}]""", "There is nothing at '/b'")]
    [InlineData("""[{"op":"add","path":"/l/3","value":1}]""", "/l/3")]
    [InlineData("""[{"op":"add","path":"/l/01","value":1}]""", "/l/01")]
    [InlineData("""[{"op":"remove","path":"/l/-"}]""", "/l/-")]
    [InlineData("""[{"op":"move","from":"/b","path":"/c"}]""", "/b")]
    public void JsonPatch_DoesNotFitTheObject_SaysWhere(string patch, string message)
    {
        var e = Assert.Throws<PatchException>(() => Parse(patch).Apply(JsonNode.Parse("""{"a":1,"l":[1,2]}""")));
        Assert.True(e.IsUnmet);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "array of operations")]
    [InlineData("[1]", "Operation 0 is not an object")]
    [InlineData("[{}]", "\"op\"")]
    [InlineData("""[{"op":"increment","path":"/a"}]""", "'increment' is not one of add")]
    [InlineData("""[{"op":"add","value":1}]""", "\"path\"")]
    [InlineData("""[{"op":"add","path":"/a"}]""", "\"value\"")]
    [InlineData("""[{"op":"copy","path":"/a"}]""", "\"from\"")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", "must begin with '/'")]
    [InlineData("""[{"op":"add","path":"/a~2","value":1}]""", "~0 for '~'")]
    [InlineData("""[{"op":"add","path":"/a~","value":1}]""", "~0 for '~'")]
    [InlineData("""[{"op":"move","from":"/a","path":"/a/b"}]""", "into itself")]
    public void JsonPatch_Wrong_IsRefusedBeforeItIsApplied(string patch, string message)
    {
        var e = Assert.Throws<PatchException>(() => Parse(patch));
        Assert.False(e.IsUnmet);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonPatch_CopiesOfCopies_AreBounded()
    {
        string doubling = string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""{"op":"copy","from":"","path":"/c{{i}}"}"""));
        var e = Assert.Throws<PatchException>(() => Parse($"[{doubling}]").Apply(JsonNode.Parse("""{"a":1}""")));
        Assert.Contains("copies", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonPatch_TooManyOperations_IsRefused()
    {
        string many = string.Join(',', Enumerable.Repeat("""{"op":"remove","path":"/a"}""", JsonPatch.MaxOperations + 1));
        Assert.Throws<PatchException>(() => Parse($"[{many}]"));
    }

    /// <summary>Far deeper than any stack: without the bound the copy ends the process.</summary>
    [Fact]
    public void JsonPatch_DepthJoinedOfMoves_IsRefused()
    {
        const int Levels = 58;
        string nested = string.Concat(Enumerable.Repeat("{\"a\":", Levels)) + "{}" + new string('}', Levels);
        string inner = string.Concat(Enumerable.Repeat("/a", Levels - 1));
        var operations = new List<string> { $$"""{"op":"add","path":"/t","value":{{nested}}}""" };
        for (int i = 0; i < 400; i++)
        {
            operations.Add($$"""{"op":"add","path":"/n","value":{{nested}}}""");
            operations.Add($$"""{"op":"move","from":"/t","path":"/n{{inner}}"}""");
            operations.Add("""{"op":"move","from":"/n","path":"/t"}""");
        }

        operations = operations[..(JsonPatch.MaxOperations - 1)];
        operations.Add("""{"op":"copy","from":"/t","path":"/u"}""");
        var e = Assert.Throws<PatchException>(() => Parse($"[{string.Join(',', operations)}]").Apply(new JsonObject()));
        Assert.Contains("Operation 2 (move)", e.Message, StringComparison.Ordinal);
        Assert.Contains("deeper than 64", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a/a/a/b", true)]
    [InlineData("/a/a/a/a/b", false)]
    public void JsonPatch_Depth_CountsFromTheRoot(string path, bool isAllowed)
    {
        const int Levels = 60;
        JsonPatch patch = Parse($$"""[{"op":"add","path":"{{path}}","value":{{new string('[', Levels)}}{{new string(']', Levels)}}}]""");
        JsonNode target = JsonNode.Parse("""{"a":{"a":{"a":{"a":{}}}}}""")!;
        if (isAllowed)
        {
            Assert.NotNull(JsonNode.Parse(patch.Apply(target)!.ToJsonString()));
        }
        else
        {
            Assert.Throws<PatchException>(() => patch.Apply(target));
        }
    }

    [Theory]
    [InlineData("""{"op":"add","path":"/a/0","value":1}""")]
    [InlineData("""{"op":"remove","path":"/a/0"}""")]
    [InlineData("""{"op":"move","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a"}""")]
    public void JsonPatch_WorkOnLargeArrays_IsBounded(string operation)
    {
        var patch = Parse($"[{string.Join(',', Enumerable.Repeat(operation, 100))}]");
        var large = new JsonObject { ["a"] = new JsonArray([.. Enumerable.Range(0, 50_000).Select(i => (JsonNode)i)]) };
        var e = Assert.Throws<PatchException>(() => patch.Apply(large));
        Assert.Contains("values about", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonPatch_LongPath_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("/a", JsonPointer.MaxSteps + 1));
        Assert.Contains("65 steps", Assert.Throws<PatchException>(() => JsonPointer.Parse(deep)).Message, StringComparison.Ordinal);
        Assert.Equal(JsonPointer.MaxSteps, JsonPointer.Parse(deep[2..]).Steps);
        Assert.InRange(Assert.Throws<PatchException>(() => JsonPointer.Parse("/" + new string('a', 1_000_000))).Message.Length, 1, 300);
    }

    /// <summary>The deadline is far above what one pass takes, and far below what one removal after the other takes.</summary>
    [Fact]
    public async Task MergePatch_RemovingManyMembers_TakesOnePass()
    {
        const int Members = 200_000;
        JsonNode target = new JsonObject(Enumerable.Range(0, Members).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)i)));
        JsonNode patch = new JsonObject(Enumerable.Range(0, Members - 1).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)null)));
        JsonNode? left = await Task.Run(() => MergePatch.Apply(target, patch)).WaitAsync(TimeSpan.FromSeconds(5));
        AssertSame($$"""{"k{{Members - 1}}":{{Members - 1}}}""", left);
    }

    private static JsonPatch Parse(string patch) => JsonPatch.Parse(JsonNode.Parse(patch), maxCopied: 10_000);

    private static void AssertSame(string expected, JsonNode? actual) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"{actual?.ToJsonString() ?? "null"}, not {expected}");
}
