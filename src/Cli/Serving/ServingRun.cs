using System.CommandLine;
using Kontinue.Cli.Commands;
using Kontinue.Engine.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Kontinue.Cli.Serving;

/// <summary>What all commands that serve have in common: start, say so, wait for a signal, stop in order.</summary>
internal static class ServingRun
{
    /// <summary>Sets what a command does.</summary>
    /// <param name="command">The command.</param>
    /// <param name="console">The console.</param>
    /// <param name="verbose">The option by which errors are thrown whole.</param>
    /// <param name="read">Reads the command line; throws <see cref="UsageException"/>.</param>
    /// <param name="banner">What is said when it has started.</param>
    public static void Serves(
        this Command command, CliConsole console, Option<bool> verbose, Func<ParseResult, ServerSettings> read, Func<KontinueServer, ServerSettings, string> banner) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new Signals(cancellationToken);
            ServerSettings? settings = null;
            try
            {
                settings = read(parsed);
                settings.Store.Prepare();
                return await RunAsync(console, settings, banner, signals.Token);
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
                console.Fail(Explain(e, settings?.Store.DataFolder));
                return ExitCodes.Error;
            }
        });

    private static async Task<int> RunAsync(
        CliConsole console, ServerSettings settings, Func<KontinueServer, ServerSettings, string> banner, CancellationToken stop)
    {
        foreach (string warning in settings.Addresses.Select(settings.Access.Warning).OfType<string>())
        {
            await console.Error.WriteLineAsync($"warning: {warning}");
        }

        await using KontinueServer server = KontinueServer.Create(settings, console.Error);
        await server.StartAsync(stop);
        await console.Out.WriteLineAsync(banner(server, settings));
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

    private static string Explain(Exception e, string? data) => e switch
    {
        IOException { InnerException: AddressInUseException } => $"{e.Message} Stop the other process, or choose another port with --urls.",
        UnauthorizedAccessException => $"The data folder '{data}' cannot be written: {e.Message} Choose another one with --data.",
        StoreException or IOException or OptionsValidationException or InvalidOperationException => e.Message,
        _ => $"{e.Message} (--verbose shows more)",
    };
}
