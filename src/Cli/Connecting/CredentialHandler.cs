using System.Net;
using System.Net.Http.Headers;

namespace Kontinue.Cli.Connecting;

/// <summary>Adds the credential to each request. One that the server does not take is made anew once, if that is possible.</summary>
internal sealed class CredentialHandler(CredentialSource source) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Credential credential = await AddAsync(request, cancellationToken);
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !source.Refuse(credential))
        {
            return response;
        }

        response.Dispose();
        await AddAsync(request, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<Credential> AddAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Credential credential = await source.GetAsync(cancellationToken);
        request.Headers.Authorization = credential.Authorization is { } value ? AuthenticationHeaderValue.Parse(value) : null;
        return credential;
    }
}
