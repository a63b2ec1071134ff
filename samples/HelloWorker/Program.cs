using Kontinue;
using Kontinue.Api;
using Kontinue.Engine.Hosting;
using Kontinue.Storage.Sqlite;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddKontinueApi();
builder.Services.AddKontinue(k => k
    .UseSqlite(builder.Configuration["database"] ?? "hello.db")
    .AddFunction<Person, string>("hello-worker", HelloAsync));

WebApplication app = builder.Build();
app.MapKontinueApi();
await app.RunAsync();

static async Task<string> HelloAsync(KontinueContext ktx, Person person)
{
    int dice = await ktx.Step("dice", () => Random.Shared.Next(1, 7));   // rolled once, whatever happens afterwards
    await ktx.Sleep(TimeSpan.FromMilliseconds(100));                     // survives restarts
    return $"Hello, {person.Name}! You rolled a {dice}.";
}

internal sealed record Person(string Name);
