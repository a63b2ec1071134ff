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

    private static JsonPatch Parse(string patch) => JsonPatch.Parse(JsonNode.Parse(patch), maxCopied: 10_000);

    private static void AssertSame(string expected, JsonNode? actual) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"{actual?.ToJsonString() ?? "null"}, not {expected}");
}
