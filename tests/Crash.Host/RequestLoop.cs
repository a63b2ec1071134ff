using System.Text.Json;
using Kontinue.Client;
using Kontinue.Resources;

namespace Kontinue.Crash.Host;

/// <summary>Answers the lines of standard input, many at a time.</summary>
internal sealed class RequestLoop(IKontinueClient client, TextReader input, TextWriter output)
{
    private readonly SemaphoreSlim _writing = new(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(new HostResponse { Ready = true });
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            HostRequest request = JsonSerializer.Deserialize<HostRequest>(line, KontinueJson.Options)!;
            _ = Task.Run(async () => await WriteAsync(await AnswerAsync(request)), CancellationToken.None);
        }
    }

    /// <summary>Carries one request out; a failure is an answer.</summary>
    public async Task<HostResponse> AnswerAsync(HostRequest request)
    {
        var response = new HostResponse { Id = request.Id };
        var key = new ExecutionKey(ExecutionKey.DefaultNamespace, request.Name);
        try
        {
            switch (request.Operation)
            {
                case HostRequest.Create:
                    return response with { Execution = await client.CreateAsync(Describe(request), TimeSpan.FromMilliseconds(request.WaitMs)) };
                case HostRequest.Wait:
                    return response with { Execution = await client.WaitAsync(key, TimeSpan.FromMilliseconds(request.WaitMs)) };
                case HostRequest.Get:
                    return response with { Execution = await client.GetAsync(key) };
                case HostRequest.Journal:
                    return response with { Journal = await client.ReadJournalAsync(key) };
                case HostRequest.List:
                    return response with { List = await client.ListAsync(new ListQuery { Continue = request.Part }) };
                case HostRequest.Event:
                    await client.SendEventAsync(key, request.Part!, request.Value);
                    return response;
                case HostRequest.Cancel:
                    await client.CancelAsync(key);
                    return response;
                case HostRequest.Resume:
                    await client.ResumeAsync(key, request.Part, request.Value);
                    return response;
                default:
                    throw new ArgumentException($"There is no operation '{request.Operation}'.");
            }
        }
        catch (Exception failure)
        {
            return response with { Error = failure.Message, ErrorType = failure.GetType().Name };
        }
    }

    private static Execution Describe(HostRequest request) => new()
    {
        Metadata = new ObjectMetadata { Name = request.Name, Namespace = ExecutionKey.DefaultNamespace },
        Spec = request.Spec ?? new ExecutionSpec { Function = request.Function, Arguments = request.Value },
    };

    private async Task WriteAsync(HostResponse response)
    {
        string line = JsonSerializer.Serialize(response, KontinueJson.Options);
        await _writing.WaitAsync();
        try
        {
            await output.WriteLineAsync(line);
            await output.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }
}
