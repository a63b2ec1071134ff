using System.Net;
using Kontinue.Client;
using Kontinue.Resources;
using Xunit;

namespace Kontinue.Api.Tests;

public sealed class CreateManyTests : ApiTest
{
    private const string Two = """
        {"apiVersion":"kontinue.cloud/v1alpha1","kind":"ExecutionList","items":[
          {"metadata":{"name":"a"},"spec":{"function":"hello","arguments":{"kind":"ExecutionList"}}},
          {"metadata":{"generateName":"b-"},"spec":{"function":"hello"}}]}
        """;

    [Fact]
    public async Task CreateMany_Good_AnswersAll()
    {
        ExecutionList list = await ReadAsync<ExecutionList>(await PostAsync(Executions, Two), HttpStatusCode.Created);
        Assert.Equal(["a", "b-abcde"], list.Items.Select(i => i.Metadata.Name));
        Assert.All(list.Items, i => Assert.Equal("default", i.Metadata.Namespace));
    }

    [Fact]
    public async Task CreateMany_SomeExist_NamesThem()
    {
        Client.OnCreateMany = all => Task.FromResult<IReadOnlyList<CreateOutcome>>(
            [new CreateOutcome(Execution: null, new ExecutionAlreadyExistsException(all[0].Key, Guid.NewGuid())), new CreateOutcome(all[1], Error: null)]);
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, Two), 409, "AlreadyExists");
        Assert.Equal("items[0].metadata.name", Assert.Single(status.Details!.Causes!).Field);
        Assert.Contains("1 of 2", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateMany_StoreAwayInBetween_IsUnavailable()
    {
        Client.OnCreateMany = all => Task.FromResult<IReadOnlyList<CreateOutcome>>(
            [new CreateOutcome(all[0], Error: null), new CreateOutcome(Execution: null, new UnavailableException("away"))]);
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, Two), 503, "ServiceUnavailable");
        Assert.Equal("items[1].metadata.name", Assert.Single(status.Details!.Causes!).Field);
    }

    [Theory]
    [InlineData("""{"kind":"ExecutionList","items":[]}""", 422, "items")]
    [InlineData("""{"kind":"ExecutionList","items":[{"metadata":{"name":"a"},"spec":{"function":"f"}},{"metadata":{"name":"A"},"spec":{"function":"f"}}]}""", 422, "items[1].metadata.name")]
    [InlineData("""{"kind":"ExecutionList","items":[{"metadata":{"name":"a"},"spec":{"function":"f"}},{"metadata":{"name":"a"},"spec":{"function":"f"}}]}""", 422, "items[1].metadata.name")]
    [InlineData("""{"kind":"ExecutionList","items":[{"metadata":{"name":"a","namespace":"other"},"spec":{"function":"f"}}]}""", 422, "items[0].metadata.namespace")]
    [InlineData("""{"kind":"ExecutionList","items":[{"kind":"Job","metadata":{"name":"a"},"spec":{"function":"f"}}]}""", 422, "items[0].kind")]
    [InlineData("""{"kind":"ExecutionList","apiVersion":"v1","items":[{"metadata":{"name":"a"},"spec":{"function":"f"}}]}""", 400, "apiVersion")]
    [InlineData("""{"kind":"ExecutionList","items":[{"metadata":{"name":"a"},"spec":{"function":"f","retry":{"backoff":"x"}}}]}""", 422, "items[0].spec.retry.backoff")]
    public async Task CreateMany_OneIsWrong_NoneIsCreated(string body, int code, string field)
    {
        Client.OnCreateMany = _ => throw new InvalidOperationException("Nothing must be created.");
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions, body), code, code == 422 ? "Invalid" : "BadRequest");
        Assert.Contains(status.Details!.Causes!, c => c.Field == field);
    }

    [Fact]
    public async Task CreateMany_TooMany_IsInvalid()
    {
        string items = string.Join(',', Enumerable.Repeat("""{"metadata":{"generateName":"a-"},"spec":{"function":"f"}}""", ListQuery.MaxLimit + 1));
        await ErrorAsync(await PostAsync(Executions, $$"""{"kind":"ExecutionList","items":[{{items}}]}"""), 422, "Invalid");
    }

    [Fact]
    public async Task CreateMany_DryRun_TriesEach()
    {
        Client.OnCreateMany = _ => throw new InvalidOperationException("Nothing must be created.");
        await ReadAsync<ExecutionList>(await PostAsync(Executions + "?dryRun=All", Two), HttpStatusCode.Created);
        Client.OnTryCreate = e => e.Metadata.Name is "a" ? Task.FromResult(e) : throw new InvalidRequestException("spec.arguments.n", "is missing");
        ErrorStatus status = await ErrorAsync(await PostAsync(Executions + "?dryRun=All", Two), 422, "Invalid");
        Assert.Equal("items[1].spec.arguments.n", Assert.Single(status.Details!.Causes!).Field);
        await ErrorAsync(await PostAsync(Executions + "?wait=1s", Two), 400, "BadRequest");
    }

    [Fact]
    public async Task Create_DryRun_StoresNothing()
    {
        Client.OnCreate = (_, _, _) => throw new InvalidOperationException("Nothing must be created.");
        HttpResponseMessage response = await PostAsync(Executions + "?dryRun=All", """{"metadata":{"name":"x"},"spec":{"function":"hello"}}""");
        Assert.Equal("x", (await ReadAsync<Execution>(response, HttpStatusCode.Created)).Metadata.Name);
    }
}
