using System.Runtime.InteropServices;
using Kontinue.Client;
using Kontinue.Load.Driving;
using Kontinue.Load.Measurement;
using Kontinue.Load.Scenarios;
using Kontinue.Load.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Kontinue.Load.Silos;

/// <summary>The other side of a <see cref="SiloProcess"/>: a server that does what the lines of its input say, and stops when they end.</summary>
internal sealed class SiloServer
{
    private readonly Lock _output = new();
    private readonly TextWriter _writer;
    private CancellationTokenSource? _stop;
    private Task _loop = Task.CompletedTask;

    private SiloServer(TextWriter writer) => _writer = writer;

    public static async Task RunAsync(LoadOptions options, string name)
    {
        // Ctrl-C reaches all processes of a terminal; it is the console's to end the run, and then its silos.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        await using StoreSession session = await StoreSession.OpenAsync(options, CancellationToken.None);
        await using WebApplication app = LoadServer.Build(options, name, session, new Uri("http://127.0.0.1:0"));
        await app.StartAsync();
        var silo = new SiloServer(Console.Out);
        silo.Send(new SiloMessage { Kind = SiloMessageKind.Ready, Address = new Uri(app.Urls.First()) });
        await silo.ServeAsync(Console.In, app.Services.GetRequiredService<IKontinueClient>());
        await app.StopAsync();
    }

    /// <summary>Does what the lines say until they end.</summary>
    internal static Task RunAsync(TextReader input, TextWriter output, IKontinueClient client) => new SiloServer(output).ServeAsync(input, client);

    /// <summary>Says that a silo of another kind listens, and does what the lines say until they end.</summary>
    internal static Task RunAsync(Uri address, IKontinueClient client)
    {
        var silo = new SiloServer(Console.Out);
        silo.Send(new SiloMessage { Kind = SiloMessageKind.Ready, Address = address });
        return silo.ServeAsync(Console.In, client);
    }

    private async Task ServeAsync(TextReader input, IKontinueClient client)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            SiloMessage message = SiloMessage.Read(line);
            switch (message.Kind)
            {
                case SiloMessageKind.Reading:
                    Send(new SiloMessage { Kind = SiloMessageKind.Reading, Reading = ProcessReading.Now() });
                    break;
                case SiloMessageKind.Collect:
                    (double workingSet, double heap) = ProcessReading.MemoryAfterCollection();
                    Send(new SiloMessage { Kind = SiloMessageKind.Reading, Reading = ProcessReading.Now() with { MemoryMiB = workingSet, HeapMiB = heap } });
                    break;
                case SiloMessageKind.Run:
                    await _loop;
                    _stop?.Dispose();
                    _stop = new CancellationTokenSource();
                    _loop = RunLoopAsync(client, message.Plan!, _stop.Token);
                    break;
                case SiloMessageKind.Stop when _stop is not null:
                    await _stop.CancelAsync();
                    break;
                default:
                    throw new FormatException($"A silo does not know what to do with a message of the kind {message.Kind}.");
            }
        }

        if (_stop is not null)
        {
            await _stop.CancelAsync();
        }

        await _loop;
        _stop?.Dispose();
    }

    private async Task RunLoopAsync(IKontinueClient client, LoopPlan plan, CancellationToken stop)
    {
        try
        {
            var scenario = (LoopScenario)ScenarioRegistry.Get(plan.Scenario);
            LoopResult result = await LoadLoop.Create([client], plan, scenario.RunOnceAsync, TimeProvider.System).RunAsync(new Observer(this), stop);
            Send(new SiloMessage { Kind = SiloMessageKind.Result, Result = SentResult.Of(result) });
        }
        catch (Exception e)
        {
            Send(new SiloMessage { Kind = SiloMessageKind.Result, Problem = e.Message });
        }
    }

    /// <summary>A console that is gone does not read any more; the end of the input follows.</summary>
    private void Send(SiloMessage message)
    {
        try
        {
            lock (_output)
            {
                _writer.WriteLine(message.Write());
                _writer.Flush();
            }
        }
        catch (IOException)
        {
        }
    }

    private sealed class Observer(SiloServer silo) : ILoopObserver
    {
        public Task BeganAsync()
        {
            silo.Send(new SiloMessage { Kind = SiloMessageKind.Began });
            return Task.CompletedTask;
        }

        public void Passed(Interval interval) => silo.Send(new SiloMessage { Kind = SiloMessageKind.Interval, Interval = SentInterval.Of(interval) });

        public Task EndedAsync()
        {
            silo.Send(new SiloMessage { Kind = SiloMessageKind.Ended });
            return Task.CompletedTask;
        }
    }
}
