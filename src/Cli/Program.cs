using Kontinue.Cli;

return await CliApp.RunAsync(args, CliConsole.ForProcess());
