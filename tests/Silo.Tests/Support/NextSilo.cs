namespace Kontinue.Silo.Tests.Support;

/// <summary>The silo executable with Kontinue.Grains and its contracts as their next version might be, in a folder of its own.</summary>
internal sealed class NextSilo : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kontinue-next-");

    public NextSilo()
    {
        Copy(new DirectoryInfo(AppContext.BaseDirectory), _folder);
        foreach ((string project, string assembly) in new[] { ("Silo.Next.Contracts", "Kontinue.Grains.Client.dll"), ("Silo.Next.Grains", "Kontinue.Grains.dll") })
        {
            File.Copy(Path.Combine(OutputOf(project), assembly), Path.Combine(_folder.FullName, assembly), overwrite: true);
        }
    }

    public string Program => Path.Combine(_folder.FullName, "Kontinue.Silo.dll");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Built beside these tests, in the same configuration: <c>tests/X/bin/Release/net10.0</c>.</summary>
    public static string OutputOf(string project)
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        DirectoryInfo configuration = framework.Parent!;
        return Path.Combine(configuration.Parent!.Parent!.Parent!.FullName, project, "bin", configuration.Name, framework.Name);
    }

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (FileInfo file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(to.FullName, file.Name));
        }
    }
}
