using Kontinue.Cli.Output;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Cli.Commands;

/// <summary>Prints a list, then a line for each change of what it selects, until somebody stops it.</summary>
internal sealed class WatchingRun(CliConsole console, IKontinueClient client, ExecutionSelector selector, OutputForm form)
{
    private readonly bool _withNamespace = selector.Namespace is null;
    private readonly TextTable _table = ExecutionTable.Create(selector.Namespace is null, form == OutputForm.Wide);

    public async Task<int> RunAsync(ExecutionList list, CancellationToken cancellationToken)
    {
        foreach (Execution execution in list.Items)
        {
            Add(execution, gone: false);
        }

        Flush();
        string? version = list.Metadata.ResourceVersion;
        while (true)
        {
            try
            {
                await foreach (ExecutionEvent change in client.WatchAsync(new WatchQuery { Selector = selector, ResourceVersion = version }, cancellationToken))
                {
                    version = change.ResourceVersion;
                    if (change.Execution is { } execution)
                    {
                        Add(execution, change.Type == ExecutionEventType.Deleted);
                        Flush();
                    }
                }

                return ExitCodes.Ok;
            }
            catch (VersionExpiredException) when (version is not null)
            {
                // What happened in between cannot be told any more; what there is can.
                await console.Error.WriteLineAsync("Some changes were missed; here is what there is now:");
                version = null;
            }
        }
    }

    private void Add(Execution execution, bool gone)
    {
        if (!ResourceOutput.TryWriteNext(console, form, execution))
        {
            _table.Add(ExecutionTable.Row(console, execution, _withNamespace, form == OutputForm.Wide, gone));
        }
    }

    private void Flush()
    {
        if (form is OutputForm.Table or OutputForm.Wide)
        {
            _table.Write(console.Out, ExecutionTable.Painter(console, _withNamespace));
        }

        console.Out.Flush();
    }
}
