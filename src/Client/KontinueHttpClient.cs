using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kontinue.Resources;

namespace Kontinue.Client;

/// <summary>Talks to a Kontinue server over its HTTP API. Safe for concurrent use; keep one per server.</summary>
/// <remarks>
/// A create is sent again after a lost connection without ever starting two executions: its name is made here when only
/// <c>generateName</c> is given, and the annotation <see cref="RequestIdAnnotation"/> tells an execution of the lost request from one
/// of somebody else. Resumes, cancels and events are sent again only when the connection could not be made at all.
/// </remarks>
public sealed partial class KontinueHttpClient : IKontinueClient
{
    /// <summary>The annotation that carries the id of the request that created an execution.</summary>
    public const string RequestIdAnnotation = "kontinue.cloud/request-id";

    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>One request waits no longer than this, so that proxies on the way do not give up on it; longer waits are looped.</summary>
    private static readonly TimeSpan LongestSlice = TimeSpan.FromSeconds(30);

    private readonly ApiTransport _transport;
    private readonly TimeProvider _time;
    private readonly string _root;

    /// <summary>Makes a client.</summary>
    /// <param name="http">
    /// Its <see cref="HttpClient.BaseAddress"/> is the server. Its timeout must be infinite or longer than 45 s; the client has timeouts of its own.
    /// </param>
    /// <param name="options">Default: the defaults.</param>
    /// <param name="time">Default: the system's.</param>
    public KontinueHttpClient(HttpClient http, KontinueClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        options ??= new KontinueClientOptions();
        options.Validate();
        _time = time ?? TimeProvider.System;
        _transport = new ApiTransport(http, options, _time);
        _root = $"apis/{options.Group}/v1alpha1";
    }

    /// <inheritdoc/>
    public async Task<Execution> CreateAsync(Execution execution, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        Execution named = Name(execution, out string requestId);
        ExecutionKey key = named.Key;
        long began = _time.GetTimestamp();
        byte[] body = ApiTransport.Serialize(named, KontinueJsonContext.Writing.Execution);
        string path = $"{_root}/namespaces/{Escape(key.Namespace)}/executions";
        Execution created;
        try
        {
            TimeSpan slice = Slice(wait);
            created = await _transport.SendAsync(
                HttpMethod.Post, path + WaitQuery(slice), body, ResourceJson.Tolerant<Execution>(), key, Resend.Always, slice, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ExecutionAlreadyExistsException)
        {
            created = await GetAsync(key, cancellationToken).ConfigureAwait(false);
            if (created.Metadata.Annotations?.TryGetValue(RequestIdAnnotation, out string? id) is not true || !string.Equals(id, requestId, StringComparison.Ordinal))
            {
                throw;
            }
        }

        TimeSpan rest = wait - _time.GetElapsedTime(began);
        return rest <= TimeSpan.Zero || HasEnded(created) ? created : await WaitAsync(key, rest, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<Execution> GetAsync(ExecutionKey key, CancellationToken cancellationToken = default) => _transport.SendAsync(
        HttpMethod.Get, One(key), body: null, ResourceJson.Tolerant<Execution>(), key, Resend.Always, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    public async Task<Execution> WaitAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        long began = _time.GetTimestamp();
        while (true)
        {
            TimeSpan slice = Slice(wait - _time.GetElapsedTime(began));
            Execution execution = await _transport.SendAsync(
                HttpMethod.Get, One(key) + WaitQuery(slice), body: null, ResourceJson.Tolerant<Execution>(), key, Resend.Always, slice, cancellationToken)
                .ConfigureAwait(false);
            if (HasEnded(execution) || _time.GetElapsedTime(began) >= wait)
            {
                return execution;
            }
        }
    }

    /// <inheritdoc/>
    public Task<ExecutionList> ListAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new StringBuilder(_root);
        path.Append(query.Selector.Namespace is null ? "/executions" : $"/namespaces/{Escape(query.Selector.Namespace)}/executions");
        path.Append(CultureInfo.InvariantCulture, $"?limit={query.Limit}");
        Add("continue", query.Continue);
        Add("labelSelector", LabelSelector.Format(query.Selector.Labels));
        string?[] fields = [query.Selector.Phases is { Count: 1 } phases ? $"status.phase={phases.First()}" : null, query.Selector.Function is null ? null : $"spec.function={query.Selector.Function}"];
        Add("fieldSelector", string.Join(',', fields.Where(f => f is not null)));
        return _transport.SendAsync(
            HttpMethod.Get, path.ToString(), body: null, ResourceJson.Tolerant<ExecutionList>(), default, Resend.Always, TimeSpan.Zero, cancellationToken);

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                path.Append('&').Append(name).Append('=').Append(Escape(value));
            }
        }
    }

    /// <inheritdoc/>
    public Task ResumeAsync(ExecutionKey key, string? suspension = null, JsonPayload payload = default, CancellationToken cancellationToken = default) =>
        ActAsync(key, "resume", ApiTransport.Serialize(
            new ResumeRequest { Suspension = suspension, Payload = payload }, KontinueJsonContext.Writing.ResumeRequest), cancellationToken);

    /// <inheritdoc/>
    public Task CancelAsync(ExecutionKey key, string? reason = null, CancellationToken cancellationToken = default) =>
        ActAsync(key, "cancel", ApiTransport.Serialize(
            new CancelRequest { Reason = reason }, KontinueJsonContext.Writing.CancelRequest), cancellationToken);

    /// <inheritdoc/>
    public Task SendEventAsync(ExecutionKey key, string name, JsonPayload payload = default, CancellationToken cancellationToken = default) =>
        ActAsync(key, "events", ApiTransport.Serialize(
            new EventRequest { Name = name, Payload = payload }, KontinueJsonContext.Writing.EventRequest), cancellationToken);

    /// <inheritdoc/>
    public Task<JournalPage> ReadJournalAsync(
        ExecutionKey key, long after = 0, int limit = 1000, CancellationToken cancellationToken = default) => _transport.SendAsync(
        HttpMethod.Get, One(key) + "/journal", body: null, ResourceJson.Tolerant<JournalPage>(), key, Resend.Always, TimeSpan.Zero, cancellationToken);

    private static bool HasEnded(Execution execution) => execution.Status?.Phase.IsTerminal() is true;

    private static TimeSpan Slice(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < LongestSlice ? wait : LongestSlice;

    private static string WaitQuery(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"?wait={(long)Math.Ceiling(wait.TotalMilliseconds)}ms");

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static Execution Name(Execution execution, out string requestId)
    {
        requestId = Guid.NewGuid().ToString();
        ObjectMetadata metadata = execution.Metadata;
        Dictionary<string, string> annotations = metadata.Annotations is null
            ? new(StringComparer.Ordinal)
            : new(metadata.Annotations, StringComparer.Ordinal);
        annotations[RequestIdAnnotation] = requestId;
        bool generates = string.IsNullOrEmpty(metadata.Name) && !string.IsNullOrEmpty(metadata.GenerateName);
        return execution with
        {
            Metadata = metadata with
            {
                Namespace = metadata.Namespace ?? ExecutionKey.DefaultNamespace,
                Name = generates ? metadata.GenerateName + RandomNumberGenerator.GetString(NameLetters, 8) : metadata.Name,
                GenerateName = generates ? null : metadata.GenerateName,
                Annotations = annotations,
            },
        };
    }

    private string One(ExecutionKey key) => $"{_root}/namespaces/{Escape(key.Namespace)}/executions/{Escape(key.Name)}";

    private Task ActAsync(ExecutionKey key, string action, byte[] body, CancellationToken cancellationToken) => _transport.SendAsync(
        HttpMethod.Post, $"{One(key)}/{action}", body, ResourceJson.Tolerant<ErrorStatus>(), key, Resend.IfNeverSent, TimeSpan.Zero, cancellationToken);
}
