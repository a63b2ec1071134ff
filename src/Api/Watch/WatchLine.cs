namespace Kontinue.Api.Watch;

/// <summary>One line of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Resource">What happened to what, as JSON; it is shared with other watches.</param>
internal readonly record struct WatchLine(string Type, ReadOnlyMemory<byte> Resource)
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";
    public const string Bookmark = "BOOKMARK";
    public const string Error = "ERROR";
}
