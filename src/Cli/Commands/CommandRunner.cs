using System.CommandLine;
using System.Security.Authentication;
using Kontinue.Cli.Connecting;

namespace Kontinue.Cli.Commands;

/// <summary>Turns what a command throws into one line and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Sets what a command does.</summary>
    public static void Runs(this Command command, CliConsole console, ClientOptions options, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new Signals(cancellationToken);
            try
            {
                return await action(parsed, signals.Token);
            }
            catch (UsageException e)
            {
                console.Fail(e.Message);
                return ExitCodes.Usage;
            }
            catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }
            catch (Exception e) when (e is KontinueException or ConnectionException)
            {
                console.Fail(Explain(e, options.Connection(parsed).Server));
                return ExitCodes.Error;
            }
            catch (IOException e)
            {
                // The reader of a pipe went away, or a disk is full.
                console.Fail($"The output cannot be written: {e.Message}");
                return ExitCodes.Error;
            }
        });

    /// <summary>What went wrong, and what to do about it.</summary>
    public static string Explain(Exception e, Uri server) => e switch
    {
        KontinueException { InnerException: HttpRequestException { InnerException: AuthenticationException } } =>
            $"{Sentence(e)} If its certificate is not trusted, name who signed it with --certificate-authority, or use a --context that does; if it speaks no TLS, write http://.",
        UnavailableException { InnerException: HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } } when string.Equals(server.Scheme, "http", StringComparison.Ordinal) =>
            $"What listens at {server} does not answer as a server over plain http. If it speaks TLS, write https://.",
        UnavailableException { InnerException: HttpRequestException http } =>
            $"The server at {server} is not reachable ({http.Message}). Start one with: kontinue dev. Or name another one with --server, --context or $KONTINUE_SERVER.",
        AccessDeniedException => $"{Sentence(e)} Give a token (--token-file, $KONTINUE_TOKEN), a client certificate or a --context of somebody who may; or let the server's operator allow it.",
        VersionExpiredException => $"{Sentence(e)} Run the command again.",
        TooManyRequestsException busy => $"{Sentence(e)} Try again in {Duration.Format(busy.RetryAfter)}.",
        ExecutionAlreadyExistsException => $"{e.Message} Choose another --name, or none for a random one.",
        _ => e.Message,
    };

    /// <summary>Messages of kubectl's wording end without a full stop, and more is said behind this one.</summary>
    private static string Sentence(Exception e) => e.Message.TrimEnd('.') + ".";
}
