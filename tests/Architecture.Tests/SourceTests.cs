using System.Text.RegularExpressions;
using Xunit;

namespace Kontinue.Architecture.Tests;

/// <summary>Files that a person can hold in mind.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    [Fact]
    public void No_source_file_has_more_than_400_lines()
    {
        IEnumerable<string> tooLong = Repository.Files("src", "*.cs").Concat(Repository.Files("src", "*.sql"))
            .Select(path => (Path: Repository.Relative(path), Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > MaxLines)
            .Select(file => $"{file.Path}: {file.Lines}");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Nothing_is_left_to_do_in_comments()
    {
        IEnumerable<string> found = new[] { "src", "load", "samples", "tests" }
            .SelectMany(folder => Repository.Files(folder, "*.cs"))
            .Where(path => Leftover().IsMatch(File.ReadAllText(path)))
            .Select(Repository.Relative);
        Assert.Empty(found);
    }

    [GeneratedRegex(@"//\s*(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Leftover();
}
