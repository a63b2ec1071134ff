namespace Kontinue.Silo;

/// <summary>A silo cannot start as it was told to. The message is for its operator: what is wrong, where, and what would be right.</summary>
public sealed class SiloStartException : InvalidOperationException
{
    /// <summary>With a message.</summary>
    public SiloStartException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and what was thrown.</summary>
    public SiloStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public SiloStartException()
    {
    }
}
