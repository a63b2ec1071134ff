using System.CommandLine;
using Kontinue.Cli.Serving;
using Kontinue.Engine.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Kontinue.Cli.Commands;

/// <summary><c>kontinue dev</c>: a server for development.</summary>
internal static class DevCommand
{
    public static Command Create(CliConsole console)
    {
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen; several are separated by ';'.", DefaultValueFactory = _ => ClientOptions.DefaultServer,
        };
        var data = new Option<string>("--data") { Description = "The folder of the SQLite database.", DefaultValueFactory = _ => "./.kontinue" };
        var postgres = new Option<string?>("--postgres") { Description = "A connection string: use PostgreSQL instead of SQLite." };
        var verbose = new Option<bool>("--verbose") { Description = "Log more, and errors whole." };
        var command = new Command("dev", "Runs a development server with the sample functions.") { urls, data, postgres, verbose };
        var access = new AccessFlags(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new Signals(cancellationToken);
            try
            {
                IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse(parsed.GetValue(urls)!);
                string? connection = parsed.GetValue(postgres);
                if (connection is not null && string.IsNullOrWhiteSpace(connection))
                {
                    throw new UsageException("--postgres is empty. Write a connection string such as 'Host=localhost;Database=kontinue;Username=...'.");
                }

                var store = new StoreSelection(parsed.GetValue(data)!, connection);
                ServerAccess allowed = access.Read(parsed, addresses);
                store.Prepare();
                return await ServeAsync(console, addresses, store, allowed, parsed.GetValue(verbose), signals.Token);
            }
            catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
            {
                return ExitCodes.Ok;
            }
            catch (UsageException e)
            {
                console.Fail(e.Message);
                return ExitCodes.Usage;
            }
            catch (Exception e) when (!parsed.GetValue(verbose))
            {
                console.Fail(Explain(e, parsed.GetValue(data)!));
                return ExitCodes.Error;
            }
        });
        return command;
    }

    private static async Task<int> ServeAsync(
        CliConsole console, IReadOnlyList<ListenAddress> addresses, StoreSelection store, ServerAccess access, bool verbose, CancellationToken stop)
    {
        foreach (string warning in addresses.Select(access.Warning).OfType<string>())
        {
            await console.Error.WriteLineAsync($"warning: {warning}");
        }

        await using DevServer server = DevServer.Create(addresses, store, verbose, access, console.Error);
        await server.StartAsync(stop);
        await console.Out.WriteLineAsync($"""
            Kontinue development server
              API        {string.Join(", ", server.Urls)}
              Access     {access.Describe()}
              Store      {store.Describe()}
              Functions  {string.Join(", ", server.Functions)}
              Try        kontinue execute hello --wait{(server.Urls.Contains(ClientOptions.DefaultServer, StringComparer.Ordinal) ? "" : $" --server {server.Urls[0]}")}
            Press Ctrl-C to stop.
            """);
        await console.Out.FlushAsync(CancellationToken.None);

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(stopped.SetResult))
        {
            await stopped.Task;
        }

        await console.Error.WriteLineAsync("Stopping; press Ctrl-C again to stop at once.");
        await server.StopAsync();
        return ExitCodes.Ok;
    }

    private static string Explain(Exception e, string data) => e switch
    {
        IOException { InnerException: AddressInUseException } => $"{e.Message} Stop the other process, or choose another port with --urls.",
        UnauthorizedAccessException => $"The data folder '{data}' cannot be written: {e.Message} Choose another one with --data.",
        StoreException or IOException or OptionsValidationException or InvalidOperationException => e.Message,
        _ => $"{e.Message} (--verbose shows more)",
    };
}
