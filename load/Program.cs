using Kontinue.Load;

return await LoadProgram.RunAsync(args);
