namespace Kontinue.Api.Patches;

/// <summary>A patch cannot be applied.</summary>
/// <param name="message">What is wrong with it, where, and what would be right.</param>
/// <param name="isUnmet">
/// Whether the patch is sound and the object is not as it expects: a test that failed, or a path that is not there. False: the patch
/// itself is wrong, for whatever object.
/// </param>
internal sealed class PatchException(string message, bool isUnmet = false) : Exception(message)
{
    public bool IsUnmet { get; } = isUnmet;
}
