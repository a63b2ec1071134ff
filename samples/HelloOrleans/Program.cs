using Kontinue;
using Kontinue.Client;
using Kontinue.Engine.Hosting;
using Kontinue.Grains.Client;
using Kontinue.Grains.Hosting;
using Kontinue.Storage.Sqlite;

// One executable, two roles: a silo that runs executions, and a client that calls them as grains.
return args is ["call", var name, ..] ? await CallAsync(name) : await RunSiloAsync();

async Task<int> RunSiloAsync()
{
    HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
    builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);   // they say much
    builder.UseOrleans(silo => silo
        .UseLocalhostClustering(Port("silo-port", 11111), Port("gateway-port", 30000))
        .AddKontinue(k => k
            .UseSqlite(builder.Configuration["database"] ?? "hello-orleans.db")
            .AddFunction<Person, string>("hello-orleans", HelloAsync)));
    await builder.Build().RunAsync();
    return 0;

    int Port(string setting, int otherwise) => builder.Configuration.GetValue(setting, otherwise);
}

async Task<int> CallAsync(string name)
{
    HostApplicationBuilder builder = Host.CreateApplicationBuilder(args[2..]);
    builder.Logging.SetMinimumLevel(LogLevel.Error);                                              // a lost silo is no error: the client waits for the next one
    int gateway = builder.Configuration.GetValue("gateway-port", 30000);
    builder.UseOrleansClient(client => client.UseLocalhostClustering(gateway));
    builder.Services.AddKontinueGrainClient();
    using IHost host = builder.Build();
    await host.StartAsync();
    var client = host.Services.GetRequiredService<IKontinueClient>();
    Console.WriteLine(await client.ExecuteAsync<string>("hello-orleans", new Person(name)));
    await host.StopAsync();
    return 0;
}

static async Task<string> HelloAsync(KontinueContext ktx, Person person)
{
    int dice = await ktx.Step("dice", () => Random.Shared.Next(1, 7));   // rolled once, whatever happens afterwards
    ktx.Logger.LogInformation("{Name} has rolled a {Dice}.", person.Name, dice);
    await ktx.Sleep(TimeSpan.FromSeconds(5));                            // survives the silo
    return $"Hello, {person.Name}! You rolled a {dice}.";
}

internal sealed record Person(string Name);
