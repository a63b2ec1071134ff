using Kontinue.Resources;

namespace Kontinue.Api;

/// <summary>Carries a finished answer from where a request is found wanting to where answers are written.</summary>
internal sealed class ApiException(ErrorStatus status) : Exception(status.Message)
{
    public ErrorStatus Status { get; } = status;
}
