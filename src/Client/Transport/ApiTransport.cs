using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Kontinue.Client.Transport;

/// <summary>Sends requests, again where that is safe, and turns what comes back into values and exceptions.</summary>
internal sealed class ApiTransport(HttpClient http, KontinueClientOptions options, TimeProvider time)
{
    private readonly BearerTokens _tokens = new(options, time);

    public KontinueClientOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    public Uri? Server => http.BaseAddress;

    /// <summary>Whether there is a token, which must not travel readably.</summary>
    public bool HasToken => _tokens.HasToken;

    /// <summary>Sends a request, again as long as that is safe and may help, and reads the answer.</summary>
    public async Task<T> SendAsync<T>(ApiRequest<T> request, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Options);
        for (int attempt = 1; ; attempt++)
        {
            AttemptFailedException failure;
            try
            {
                return await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (AttemptFailedException e)
            {
                failure = e;
            }

            bool isSafe = failure.IsSurelyNotAccepted || request.Resend == Resend.Always;
            if (!isSafe || attempt >= Options.MaxAttempts || failure.RetryAfter > Options.MaxRetryAfter)
            {
                throw failure.ToPublic(Server, isHarmless: request.Resend == Resend.Always);
            }

            request.WasLost |= !failure.IsSurelyNotAccepted;
            await Task.Delay(backoff.Next(failure.RetryAfter), Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins to read an answer that does not end: gives it when its headers are there.</summary>
    /// <exception cref="AttemptFailedException">Another attempt may fare better.</exception>
    public async Task<HttpResponseMessage> OpenAsync(
        string path, ExecutionKey key, string late, CancellationToken stop, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage response = await ExchangeAsync(HttpMethod.Get, path, body: null, MediaTypes.Json, stop).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                throw await ErrorAsync(response, key, stop).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (AttemptFailedException.IsFromNetwork(e))
        {
            throw AttemptFailedException.From(e, late, Server, cancellationToken);
        }
    }

    private async Task<T> SendOnceAsync<T>(ApiRequest<T> request, CancellationToken cancellationToken)
    {
        TimeSpan timeout = Options.RequestTimeout + request.Wait;
        using var stop = new CancellationTokenSource(timeout, Time);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), stop);
        try
        {
            using HttpResponseMessage response = await ExchangeAsync(
                request.Method, request.Path, request.Body, request.ContentType, stop.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw await ErrorAsync(response, request.Key, stop.Token).ConfigureAwait(false);
            }

            using AnswerBody body = await AnswerBody.ReadAsync(response.Content, Options.MaxAnswerBytes, stop.Token).ConfigureAwait(false);
            try
            {
                return request.Read(body.Bytes);
            }
            catch (JsonException e)
            {
                throw StatusErrors.NotAnApi(response.StatusCode, e);
            }
        }
        catch (Exception e) when (AttemptFailedException.IsFromNetwork(e))
        {
            throw AttemptFailedException.From(e, $"no answer within {Duration.Format(timeout)}", Server, cancellationToken);
        }
    }

    private async Task<Exception> ErrorAsync(HttpResponseMessage response, ExecutionKey key, CancellationToken stop)
    {
        using AnswerBody body = await AnswerBody.ReadAsync(response.Content, Options.MaxAnswerBytes, stop).ConfigureAwait(false);
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? retryAfter = header?.Delta ?? (header?.Date - Time.GetUtcNow());
        return StatusErrors.ToException(response.StatusCode, body.Bytes, retryAfter > TimeSpan.Zero ? retryAfter : null, key);
    }

    /// <summary>One request and the headers of its answer; twice when the token was refused and its file has another one by now.</summary>
    private async Task<HttpResponseMessage> ExchangeAsync(
        HttpMethod method, string path, byte[]? body, MediaTypeHeaderValue contentType, CancellationToken stop)
    {
        AuthenticationHeaderValue? token = _tokens.Current();
        HttpResponseMessage response = await PassAsync(token).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !_tokens.Renew(token))
        {
            return response;
        }

        response.Dispose();
        return await PassAsync(_tokens.Current()).ConfigureAwait(false);

        async Task<HttpResponseMessage> PassAsync(AuthenticationHeaderValue? authorization)
        {
            using var message = new HttpRequestMessage(method, path);
            message.Headers.Authorization = authorization;
            if (body is not null)
            {
                message.Content = new ByteArrayContent(body) { Headers = { ContentType = contentType } };
            }

            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        }
    }
}
