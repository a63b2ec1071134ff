using System.CommandLine;
using System.CommandLine.Completions;
using Kontinue.Cli.Connecting;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>Completes names from the server. A shell waits for it, so it gives up soon and silently.</summary>
internal static class ServerCompletion
{
    private const int MaxNames = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Completes the names of executions.</summary>
    public static void Executions<T>(Argument<T> argument, CliConsole console, ClientOptions options) => argument.CompletionSources.Add(
        context => Ask(console, options, context, async (client, connection, token) =>
        {
            ExecutionList list = await client.ListAsync(
                new ListQuery { Selector = new ExecutionSelector { Namespace = connection.Namespace }, Limit = MaxNames }, token);
            return list.Items.Select(e => e.Metadata.Name ?? "");
        }));

    /// <summary>Completes the names of functions.</summary>
    public static void Functions<T>(Argument<T> argument, CliConsole console, ClientOptions options) =>
        argument.CompletionSources.Add(context => Ask(console, options, context, FunctionsAsync));

    /// <summary>Completes the names of functions.</summary>
    public static void Functions<T>(Option<T> option, CliConsole console, ClientOptions options) =>
        option.CompletionSources.Add(context => Ask(console, options, context, FunctionsAsync));

    /// <summary>Completes the names of silos.</summary>
    public static void Silos<T>(Argument<T> argument, CliConsole console, ClientOptions options) => argument.CompletionSources.Add(
        context => Ask(console, options, context, async (client, _, token) => (await client.ListSilosAsync(token)).Items.Select(s => s.Metadata.Name ?? "")));

    private static async Task<IEnumerable<string>> FunctionsAsync(IKontinueClient client, ServerConnection connection, CancellationToken token) =>
        (await client.ListFunctionsAsync(token)).Items.Select(f => f.Metadata.Name ?? "");

    private static IEnumerable<CompletionItem> Ask(
        CliConsole console, ClientOptions options, CompletionContext context,
        Func<IKontinueClient, ServerConnection, CancellationToken, Task<IEnumerable<string>>> ask)
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            ServerConnection connection = options.Connection(context.ParseResult);
            return [.. Task.Run(() => ask(console.Client(connection), connection, deadline.Token), deadline.Token).WaitAsync(deadline.Token).GetAwaiter().GetResult()
                .Where(name => name.Length > 0).Take(MaxNames).Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is KontinueException or ConnectionException or UsageException or OperationCanceledException or NotSupportedException)
        {
            return [];
        }
    }
}
