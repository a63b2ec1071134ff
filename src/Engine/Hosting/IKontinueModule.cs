namespace Kontinue.Engine.Hosting;

/// <summary>
/// Functions in an assembly of their own, which a server loads when it starts. It needs a public constructor without parameters; an assembly may
/// have several, in any order.
/// </summary>
public interface IKontinueModule
{
    /// <summary>Registers the functions, and the services that they need. Called once, before the server starts.</summary>
    void Configure(KontinueBuilder builder);
}
