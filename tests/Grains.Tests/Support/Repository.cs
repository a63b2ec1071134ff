namespace Kontinue.Grains.Tests.Support;

internal static class Repository
{
    /// <summary>The folder of the repository that the tests were built in.</summary>
    public static string FindRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Kontinue.slnf")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not in the repository.");
        }

        return folder.FullName;
    }
}
