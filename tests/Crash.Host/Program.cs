using Kontinue.Client;
using Kontinue.Crash.Host;
using Kontinue.Engine.Hosting;
using Kontinue.Jobs;
using Kontinue.Storage.PostgreSql;
using Kontinue.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

HostSettings settings = HostSettings.Parse(args);
HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
// Standard output belongs to the protocol.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Information)
    // What keeps a host from starting is said below, in one line.
    .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
builder.Services.AddKontinue(kontinue =>
{
    _ = settings.Store == "sqlite" ? kontinue.UseSqlite(settings.Connection) : kontinue.UsePostgreSql(settings.Connection);
    new HostFunctions(new StepLog(settings.StepLog)).AddTo(kontinue);
    kontinue.UseLocalJobs(jobs => jobs.StateDirectory = Path.Combine(Path.GetDirectoryName(settings.StepLog)!, $"jobs-{settings.Silo}"));
    kontinue.Configure(options =>
    {
        options.SiloName = settings.Silo;
        options.Lease = TimeSpan.FromSeconds(5);
        options.ShutdownGrace = settings.ShutdownGrace;
        options.SuspendedResidency = TimeSpan.FromMilliseconds(200);
        options.SweepInterval = TimeSpan.FromMilliseconds(200);
    });
});
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownGrace + TimeSpan.FromSeconds(10));

using IHost host = builder.Build();
try
{
    await host.StartAsync();
}
catch (Exception failure)
{
    await Console.Error.WriteLineAsync($"Cannot start: {failure.Message}");
    return 3;
}

var requests = new RequestLoop(host.Services.GetRequiredService<IKontinueClient>(), Console.In, Console.Out);
_ = Task.Run(() => requests.RunAsync(CancellationToken.None));
await host.WaitForShutdownAsync();
return 0;
