using System.Text.RegularExpressions;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>The folders of a project are rooms: where each knows only those below it, one can be read after the other.</summary>
public sealed partial class RoomTests
{
    [Theory]
    [InlineData("Grains")]
    [InlineData("Grains.Client")]
    [InlineData("Silo")]
    public void No_two_rooms_know_each_other_by_whatever_way(string project)
    {
        string folder = Repository.PathOf(Path.Combine("src", project));
        Dictionary<string, HashSet<string>> known = Directory.GetDirectories(folder).Select(room => Path.GetFileName(room)!).Where(room => room is not ("bin" or "obj"))
            .ToDictionary(room => room, room => Known(project, Path.Combine(folder, room)), StringComparer.Ordinal);
        Assert.NotEmpty(known.Values.SelectMany(rooms => rooms));
        foreach (string room in known.Keys)
        {
            Assert.Null(FindWay(known, [], room, room));
        }
    }

    private static HashSet<string> Known(string project, string room) => Directory.GetFiles(room, "*.cs")
        .SelectMany(file => Using().Matches(File.ReadAllText(file)))
        .Where(match => match.Groups["project"].Value == project).Select(match => match.Groups["room"].Value)
        .Where(name => name != Path.GetFileName(room)).ToHashSet(StringComparer.Ordinal);

    /// <summary>A way from a room to another one, in words; null: there is none.</summary>
    private static string? FindWay(Dictionary<string, HashSet<string>> known, HashSet<string> seen, string from, string to) =>
        known.GetValueOrDefault(from, []).Select(next => next == to ? $"{from} -> {to}" : seen.Add(next) && FindWay(known, seen, next, to) is { } rest ? $"{from} -> {rest}" : null)
            .FirstOrDefault(way => way is not null);

    [GeneratedRegex(@"^using Kontinue\.(?<project>Grains\.Client|[A-Za-z]+)\.(?<room>[A-Za-z]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Using();
}
