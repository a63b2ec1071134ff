using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Says that something was done.</summary>
internal static class ActionOutput
{
    public static int Write(CliConsole console, ExecutionKey key, string what, bool json)
    {
        if (json)
        {
            JsonOutput.Write(console.Out, new ErrorStatus
            {
                Status = ErrorStatus.Success, Code = 202, Message = what, Details = new StatusDetails { Name = key.Name, Kind = "executions" },
            }, KontinueJsonContext.Writing.ErrorStatus);
        }
        else
        {
            console.Out.WriteLine($"execution {key.Name} {what}");
        }

        return ExitCodes.Ok;
    }

    /// <summary>Says that an execution was created.</summary>
    public static int WriteCreated(CliConsole console, Execution created, bool json)
    {
        if (json)
        {
            JsonOutput.Write(console.Out, created, KontinueJsonContext.Writing.Execution);
        }
        else
        {
            console.Out.WriteLine($"execution {created.Metadata.Name} created");
        }

        return ExitCodes.Ok;
    }
}
