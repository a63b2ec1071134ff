using Kontinue.Client;
using Kontinue.Load.Measurement;
using Kontinue.Load.Silos;
using Kontinue.Load.Stores;

namespace Kontinue.Load.Targets;

/// <summary>A server in a process of its own, reached over the HTTP API: one that was named, or one that is started for this run.</summary>
internal sealed class HttpTarget : Target
{
    private readonly HttpClient _http;
    private readonly SiloProcess? _silo;

    private HttpTarget(HttpClient http, SiloProcess? silo)
    {
        _http = http;
        _silo = silo;
        Clients = [new KontinueHttpClient(http)];
    }

    public override IReadOnlyList<IKontinueClient> Clients { get; }

    public static async Task<HttpTarget> OpenAsync(LoadOptions options, StoreSession session, CancellationToken cancellationToken)
    {
        if (options.Server is { } named)
        {
            return new HttpTarget(KontinueHttp.Create(named), silo: null);
        }

        SiloProcess silo = await SiloProcess.StartAsync("load-silo-1", options, session, cancellationToken);
        return new HttpTarget(KontinueHttp.Create(silo.Address), silo);
    }

    public override async Task<IReadOnlyList<ProcessReading>> ReadSilosAsync(bool afterCollection = false) => _silo is null ? [] : [await _silo.ReadAsync(afterCollection)];

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }
    }
}
