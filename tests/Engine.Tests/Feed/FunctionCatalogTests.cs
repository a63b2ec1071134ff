using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kontinue.Engine.Functions;
using Kontinue.Engine.Tests.Support;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Engine.Tests.Feed;

public sealed class FunctionCatalogTests
{
    public enum Size
    {
        Small,
        Large,
    }

    [Description("An order.")]
    public sealed record Order([property: Description("Who pays.")] string Customer, [Description("How many.")] int Count, Size Size = Size.Small, string? Note = null);

    private sealed record Node(List<Node> Children);

    private static FunctionCatalog Create(JsonSerializerOptions json, params FunctionDefinition[] functions) =>
        new(new FunctionRegistry(functions), new KontinueOptions { Json = json }, new ManualTimeProvider());

    private static FunctionDefinition Define(string name, Delegate handler, Action<FunctionOptions>? configure = null)
    {
        var options = new FunctionOptions();
        configure?.Invoke(options);
        return new FunctionDefinition(name, options, FunctionBinding.Create(name, handler, KontinueJson.Options));
    }

    private static JsonObject Parse(JsonPayload schema) => JsonNode.Parse(schema.Utf8.Span)!.AsObject();

    [Fact]
    public void A_function_shows_what_its_author_said()
    {
        FunctionCatalog catalog = Create(
            KontinueJson.Options,
            Define("z", () => 1),
            Define("a", (Order order) => order.Count, f =>
            {
                f.Description = "Orders.";
                f.Retry = RetryPolicy.Exponential(3, TimeSpan.FromSeconds(1));
                f.OverallTimeout = TimeSpan.FromHours(1);
            }));
        Assert.Equal(["a", "z"], catalog.List.Items.Select(f => f.Metadata.Name));
        Assert.Same(catalog.List, catalog.List);
        Function a = catalog.List.Items[0];
        Function z = catalog.List.Items[1];

        Assert.Equal(("Orders.", 2, TimeSpan.FromHours(1)), (a.Spec.Description, a.Spec.Retry!.Retries, a.Spec.Timeout!.Overall));
        Assert.Equal(ManualTimeProvider.Start, a.Metadata.CreationTimestamp);
        Assert.True(z.Spec is { Arguments.IsNone: true, Retry: null, Timeout: null, Description: null });
        Assert.Equal("integer", Parse(z.Spec.Result)["type"]!.GetValue<string>());
    }

    [Fact]
    public void A_schema_says_what_is_required_what_it_means_and_what_may_be_null()
    {
        JsonObject schema = Parse(new TypeSchemas(KontinueJson.Options).For(typeof(Order)));
        JsonObject properties = schema["properties"]!.AsObject();

        Assert.Equal(("object", "An order."), (schema["type"]!.GetValue<string>(), schema["description"]!.GetValue<string>()));
        Assert.Equal(["customer", "count"], schema["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("Who pays.", properties["customer"]!["description"]!.GetValue<string>());
        Assert.Equal(("integer", "How many."), (properties["count"]!["type"]!.GetValue<string>(), properties["count"]!["description"]!.GetValue<string>()));
        Assert.Equal(["Small", "Large"], properties["size"]!["enum"]!.AsArray().Select(value => value!.GetValue<string>()));
        Assert.Equal(["string", "null"], properties["note"]!["type"]!.AsArray().Select(type => type!.GetValue<string>()));
    }

    [Fact]
    public void Types_that_say_little_have_schemas_that_say_little()
    {
        var schemas = new TypeSchemas(new JsonSerializerOptions());
        Assert.True(schemas.For(null).IsNone);
        Assert.Equal(JsonPayload.EmptyObject, schemas.For(typeof(object)));
        Assert.Equal(JsonPayload.EmptyObject, schemas.For(typeof(JsonPayload)));
        Assert.Equal("array", Parse(schemas.For(typeof(Node)))["properties"]!["Children"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_client_lists_the_functions()
    {
        await using TestHost host = await TestHost.StartAsync(k => k.AddFunction("b", () => 1).AddFunction("a", (Order order) => order));
        Assert.Equal(["a", "b"], (await host.Client.ListFunctionsAsync()).Items.Select(f => f.Metadata.Name));
    }
}
