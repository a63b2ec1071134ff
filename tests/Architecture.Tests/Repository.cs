using System.Xml.Linq;

namespace Kontinue.Architecture.Tests;

/// <summary>The files of the repository.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["bin", "obj", "TestResults", ".git"];

    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    public static IEnumerable<string> Files(string folder, string pattern)
    {
        string start = PathOf(folder);
        return Directory.Exists(start)
            ? Directory.EnumerateFiles(start, pattern, SearchOption.AllDirectories)
                .Where(path => !Relative(path).Split('/').Intersect(Generated, StringComparer.Ordinal).Any())
                .Order(StringComparer.Ordinal)
            : [];
    }

    public static IReadOnlyList<Project> Projects { get; } =
        [.. new[] { "src", "load", "bench", "tests", "samples" }.SelectMany(folder => Files(folder, "*.csproj")).Select(Project.Read)];

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kontinue.Orleans.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Kontinue.Orleans.sln.");
    }
}

/// <summary>A project file.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Xml">Its content.</param>
internal sealed record Project(string Path, XDocument Xml)
{
    /// <summary>The folder within the first level, such as <c>Engine</c> for src/Engine.</summary>
    public string Folder => Path.Split('/')[^2];

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public IEnumerable<string> ReferencedFolders => Includes("ProjectReference").Select(include => include.Split('/', '\\')[^2]);

    public IEnumerable<string> Packages => Includes("PackageReference");

    public IEnumerable<string> Frameworks => Includes("FrameworkReference");

    public bool? Flag(string property) =>
        Xml.Descendants(property).LastOrDefault() is { } element ? bool.Parse(element.Value) : null;

    public static Project Read(string path) => new(Repository.Relative(path), XDocument.Load(path));

    private IEnumerable<string> Includes(string item) =>
        Xml.Descendants(item).Select(element => (string?)element.Attribute("Include")).OfType<string>();
}
