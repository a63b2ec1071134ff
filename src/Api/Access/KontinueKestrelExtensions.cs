using Kontinue.Api.Limits;
using Kontinue.Engine;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kontinue.Api.Access;

/// <summary>Sets Kestrel up for the API: TLS from files, and limits. For servers that serve nothing else; call <c>AddKontinueApi</c> too.</summary>
public static class KontinueKestrelExtensions
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Serves TLS 1.2 or later at this address, with the files of <see cref="KontinueApiOptions.Tls"/>.</summary>
    /// <exception cref="InvalidOperationException">No files are set, or they cannot be used; the message says why.</exception>
    public static ListenOptions UseKontinueTls(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        TlsFiles files = listen.ApplicationServices.GetRequiredService<TlsFiles>();
        return listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(files.Next()),
            HandshakeTimeout = HandshakeTimeout,
        });
    }

    /// <summary>Sets the limits of connections, headers and bodies by <see cref="KontinueApiOptions.Limits"/>.</summary>
    public static KestrelServerOptions UseKontinueLimits(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        KontinueApiOptions options = kestrel.ApplicationServices.GetRequiredService<IOptions<KontinueApiOptions>>().Value;
        int payload = kestrel.ApplicationServices.GetRequiredService<IOptions<KontinueOptions>>().Value.MaxPayloadBytes;
        ServerLimits.Apply(kestrel.Limits, options.Limits, (long)payload + options.BodyHeadroomBytes);
        return kestrel;
    }
}
