using System.IO.Enumeration;

namespace Kontinue.Samples.Checksums;

/// <summary>Finds the files of a folder.</summary>
internal static class TreeListing
{
    private const char Replacement = '\uFFFD';

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        ReturnSpecialDirectories = false,
    };

    /// <summary>The full paths of all regular files, ordinally sorted. Symbolic links are neither followed nor listed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="without">Files to leave out with everything that begins with their names and a dot: what this sample writes itself.</param>
    /// <exception cref="NonRetryableException">The folder, or a folder below it, cannot be read.</exception>
    public static List<string> Find(string folder, IReadOnlyList<string> without)
    {
        if (!Directory.Exists(folder))
        {
            throw new NonRetryableException($"The folder '{folder}' does not exist.");
        }

        var files = new FileSystemEnumerable<string>(folder, static (ref FileSystemEntry entry) => entry.ToFullPath(), Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == FileAttributes.None,
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == FileAttributes.None,
        };
        try
        {
            List<string> found = [.. files.Where(f => !IsOwn(f, without) && IsReadableName(f) && Posix.IsRegularFile(f))];
            found.Sort(StringComparer.Ordinal);
            return found;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new NonRetryableException($"The folder '{folder}' cannot be listed: {e.Message}", e);
        }
    }

    private static bool IsOwn(string file, IReadOnlyList<string> without) => without.Any(own =>
        file.StartsWith(own, StringComparison.Ordinal) && (file.Length == own.Length || file.EndsWith(".files", StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal)));

    /// <summary>.NET shows bytes that are no UTF-8 as U+FFFD, and a path with it then leads nowhere.</summary>
    private static bool IsReadableName(string file) => !file.Contains(Replacement, StringComparison.Ordinal) || File.Exists(file)
        ? true
        : throw new NonRetryableException($"The name of '{file}' is not valid UTF-8; rename the file.");
}
