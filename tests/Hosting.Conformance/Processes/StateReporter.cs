using System.Globalization;
using Kontinue.Engine.Hosting;
using Microsoft.Extensions.Hosting;

namespace Kontinue.Hosting.Conformance.Processes;

/// <summary>Answers each line of standard input with the silo's state, and repeats the line, so that answers find their questions.</summary>
public sealed class StateReporter(ILocalSilo silo) : IHostedService
{
    /// <summary>What its lines begin with.</summary>
    public const string Prefix = "state";

    /// <summary>Reads such a line.</summary>
    /// <returns>The question and its answer; null: it is another line.</returns>
    public static (string Question, SiloState State)? Read(string line) =>
        line.Split(' ') is [Prefix, var question, var isAccepting, var residents]
            ? (question, new SiloState(bool.Parse(isAccepting), int.Parse(residents, CultureInfo.InvariantCulture), Activations: 0))
            : null;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Its reads block, also while the silo stops.
        new Thread(AnswerAll) { IsBackground = true, Name = nameof(StateReporter) }.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void AnswerAll()
    {
        while (Console.ReadLine() is { } question)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Prefix} {question} {silo.IsAccepting} {silo.Residents}"));
        }
    }
}
