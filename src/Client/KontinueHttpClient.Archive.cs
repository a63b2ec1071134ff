using System.Runtime.CompilerServices;
using Kontinue.Client.Transport;
using Kontinue.Resources;

namespace Kontinue.Client;

public sealed partial class KontinueHttpClient
{
    private const string Archives = "archivedexecutions";

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<ArchivedExecution> GetArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) =>
        GetAsync<ArchivedExecution>(Archive(key, uid), key, TimeSpan.Zero, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent again after a lost connection.</remarks>
    public Task<ArchivedExecutionList> ListArchivesAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        ListAsync<ArchivedExecutionList>(Archives, query, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// Sent again while nothing has come. It is not begun anew in the middle: a connection that is lost then, or silent for
    /// <see cref="KontinueClientOptions.WatchIdleTimeout"/>, throws <see cref="UnavailableException"/>.
    /// </remarks>
    public async IAsyncEnumerable<ArchivedTreeLine> ReadArchiveAsync(
        ExecutionKey key, Guid? uid = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        LineStream stream = await LineStream.OpenAsync(_transport, $"{Archive(key, uid)}/tree", key, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            while (await stream.ReadAsync<ArchivedTreeLine>(cancellationToken).ConfigureAwait(false) is { } line)
            {
                yield return line;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Not sent again when it may have been done: with no uid, another one of that name would go.</remarks>
    public Task DeleteArchiveAsync(ExecutionKey key, Guid? uid = null, CancellationToken cancellationToken = default) => _transport.SendAsync(
        new ApiRequest<bool>
        {
            Method = HttpMethod.Delete, Path = Archive(key, uid), Key = key, Resend = Resend.IfNotAccepted, Read = static _ => true,
        },
        cancellationToken);

    private string Archive(ExecutionKey key, Guid? uid) =>
        $"{_root}/namespaces/{Escape(key.Namespace)}/{Archives}/{Escape(uid is { } one ? ArchivedExecution.NameOf(key.Name, one) : key.Name)}";
}
