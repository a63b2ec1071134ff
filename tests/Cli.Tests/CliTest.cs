using Kontinue.Cli.Connecting;
using Kontinue.Resources;
using Kontinue.Testing;
using Spectre.Console;

namespace Kontinue.Cli.Tests;

/// <summary>Runs commands in this process over a <see cref="FakeClient"/>, with captured output.</summary>
public abstract class CliTest
{
    /// <summary>Nothing here takes that long; what hangs fails with the name of the test.</summary>
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    private protected FakeClient Client { get; } = new();

    protected Dictionary<string, string> Variables { get; } = [];

    /// <summary>What somebody types; null: nobody is there.</summary>
    protected string[]? Typed { get; set; }

    private protected ServerConnection? Connection { get; private set; }

    protected string Out => _out.ToString();

    protected string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    protected string Error => _error.ToString();

    private protected CliConsole Console(bool watched = false) => new()
    {
        Out = _out, Error = _error, In = new StringReader(""), InteractiveError = watched, InteractiveIn = Typed is not null,
        Environment = name => Variables.GetValueOrDefault(name),
        Prompts = () => new ScriptedConsole(_error, Typed ?? []),
        Connect = connection =>
        {
            Connection = connection;
            return Client;
        },
    };

    protected Task<int> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    protected async Task<int> RunAsync(CancellationToken interrupt, params string[] args) =>
        await CliApp.RunAsync(args, Console(), interrupt).WaitAsync(Deadline);

    protected async Task<int> RunWatchedAsync(params string[] args) =>
        await CliApp.RunAsync(args, Console(watched: true)).WaitAsync(Deadline);

    protected static Execution Make(string name, ExecutionPhase phase, string ns = "default") => FakeClient.Make(new ExecutionKey(ns, name), phase);

    /// <summary>Lets <see cref="Client"/> list these, as far as they are selected.</summary>
    protected void Stored(params Execution[] executions)
    {
        Client.OnList = q => Task.FromResult(new ExecutionList
        {
            Items = [.. executions.Where(q.Selector.Selects)], Metadata = new ListMetadata { ResourceVersion = "7" },
        });
        Client.OnGet = key => Task.FromResult(executions.FirstOrDefault(e => e.Key == key) ?? throw new ExecutionNotFoundException(key));
    }
}

/// <summary>A console on which somebody types lines.</summary>
internal sealed class ScriptedConsole(TextWriter to, string[] lines) : IAnsiConsole, IAnsiConsoleInput
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(to), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes,
    });

    private readonly Queue<ConsoleKeyInfo> _keys = new(lines.SelectMany(line => line.Select(c => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false))
        .Append(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false))));

    public Profile Profile => _console.Profile;

    public IAnsiConsoleCursor Cursor => _console.Cursor;

    public IAnsiConsoleInput Input => this;

    public IExclusivityMode ExclusivityMode => _console.ExclusivityMode;

    public Spectre.Console.Rendering.RenderPipeline Pipeline => _console.Pipeline;

    public void Clear(bool home) => _console.Clear(home);

    public void Write(Spectre.Console.Rendering.IRenderable renderable) => _console.Write(renderable);

    public bool IsKeyAvailable() => _keys.Count > 0;

    public ConsoleKeyInfo? ReadKey(bool intercept) => _keys.Count > 0 ? _keys.Dequeue() : throw new InvalidOperationException("More was asked than the test types.");

    public Task<ConsoleKeyInfo?> ReadKeyAsync(bool intercept, CancellationToken cancellationToken) => Task.FromResult(ReadKey(intercept));
}
