using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kontinue.Client;

/// <summary>When a request may be sent again after a failure of the connection.</summary>
internal enum Resend
{
    /// <summary>Sending it twice is the same as sending it once.</summary>
    Always,

    /// <summary>Only when the server cannot have seen it.</summary>
    IfNeverSent,
}

/// <summary>Sends requests, again where that is safe, and turns what comes back into values and exceptions.</summary>
internal sealed class ApiTransport(HttpClient http, KontinueClientOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public static byte[] Serialize<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query, relative to the server's address.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <param name="type">How to read the answer.</param>
    /// <param name="key">The execution that it is about, for exceptions.</param>
    /// <param name="resend">When it may be sent again.</param>
    /// <param name="wait">How long the server was asked to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> SendAsync<T>(
        HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, ExecutionKey key, Resend resend, TimeSpan wait,
        CancellationToken cancellationToken)
    {
        TimeSpan backoff = options.Backoff;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(method, path, body, type, key, wait, cancellationToken).ConfigureAwait(false);
            }
            catch (TransportException e) when (attempt < options.MaxAttempts && (resend == Resend.Always || e.NeverSent))
            {
                // Tried again below.
            }
            catch (TransportException e)
            {
                throw new UnavailableException(e.SaidByServer ? e.Message : $"The server at {http.BaseAddress} cannot be reached: {e.Message}", e.InnerException);
            }

            await Task.Delay(backoff, time, cancellationToken).ConfigureAwait(false);
            backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
        }
    }

    private async Task<T> SendOnceAsync<T>(
        HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout + wait, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = Json } };
        }

        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token).ConfigureAwait(false);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw StatusErrors.ToException(response.StatusCode, answer, key);
            }

            return JsonSerializer.Deserialize(answer, type) ?? throw StatusErrors.NotAnApi(response.StatusCode);
        }
        catch (JsonException e)
        {
            throw StatusErrors.NotAnApi(HttpStatusCode.OK, e);
        }
        catch (HttpRequestException e)
        {
            bool neverSent = e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            throw new TransportException(e.Message, neverSent, e);
        }
        catch (IOException e)
        {
            throw new TransportException(e.Message, neverSent: false, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransportException($"no answer within {Duration.Format(options.RequestTimeout + wait)}", neverSent: false, e);
        }
    }

    /// <summary>The connection failed, or the server said that it takes nothing now.</summary>
    internal sealed class TransportException(string message, bool neverSent, Exception? inner) : Exception(message, inner)
    {
        public bool NeverSent { get; } = neverSent;

        /// <summary>Whether the message is the server's own.</summary>
        public bool SaidByServer { get; init; }
    }
}
