namespace Kontinue.Grains.Executions;

/// <summary>Calls that a silo hands on to another one.</summary>
internal static class HandedOn
{
    /// <summary>
    /// Says to the caller what a failure means that it would otherwise take for one of its own: it had reached a silo, and the one behind that may have done what was asked for.
    /// </summary>
    /// <exception cref="UnavailableException">There was no answer.</exception>
    public static async Task<T> AnswerAsync<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(true);
        }
        catch (Exception e) when (e is SiloUnavailableException or TimeoutException)
        {
            throw Lost(e);
        }
    }

    /// <inheritdoc cref="AnswerAsync{T}"/>
    public static async Task AnswerAsync(Task call)
    {
        try
        {
            await call.ConfigureAwait(true);
        }
        catch (Exception e) when (e is SiloUnavailableException or TimeoutException)
        {
            throw Lost(e);
        }
    }

    private static UnavailableException Lost(Exception e) =>
        new($"The silo to which the call was handed on did not answer: {e.Message}", e) { MayHaveBeenDone = true };
}
