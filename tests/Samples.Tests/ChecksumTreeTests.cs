using System.Text;
using Kontinue.Samples.Checksums;
using Xunit;

namespace Kontinue.Samples.Tests;

public sealed class ChecksumTreeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-sums-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/a/b c", "ff  /a/b c")]
    [InlineData("/a\\b", "\\ff  /a\\\\b")]
    [InlineData("/a\nb", "\\ff  /a\\nb")]
    [InlineData("/a\rb", "\\ff  /a\\rb")]
    [InlineData("/a\\nb", "\\ff  /a\\\\nb")]
    public void Line_OddNames_AreEscapedAsSha256sumDoes(string file, string line) => Assert.Equal(line, Manifest.Line(file, "ff"));

    [Fact]
    public void Find_TakesRegularFilesOnly_SortedOrdinally()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub", "deep"));
        foreach (string name in new[] { "b", "a", "Z", "sub/deep/x", ".hidden", "manifest", "manifest.0.files", "log", "ü", "line\nbreak" })
        {
            File.WriteAllText(Path.Combine(_folder, name), name);
        }

        File.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, "a"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "loop"), _folder);
        List<string> found = TreeListing.Find(_folder, [Path.Combine(_folder, "manifest"), Path.Combine(_folder, "log")]);
        Assert.Equal([".hidden", "Z", "a", "b", "line\nbreak", "sub/deep/x", "ü"], found.Select(f => Path.GetRelativePath(_folder, f)));
    }

    [Fact]
    public void Find_NoFolder_SaysSo() =>
        Assert.Contains("does not exist", Assert.Throws<NonRetryableException>(() => TreeListing.Find(Path.Combine(_folder, "no"), [])).Message, StringComparison.Ordinal);

    [Fact]
    public void WorkFile_ManyNames_AreReadBackInBatches()
    {
        List<string> names = [.. Enumerable.Range(0, 1001).Select(i => $"/x/{i}\n{new string('y', i % 300)}")];
        string path = Path.Combine(_folder, "work");
        Listing listing = WorkFile.Write(path, names);
        Assert.Equal(1001, listing.Files);
        Assert.All(listing.Batches, b => Assert.InRange(b.Files, 1, 200));
        Assert.Equal(names, WorkFile.ReadAll(path, listing));
        Assert.Equal(names.Take(listing.Batches[0].Files), WorkFile.Read(path, listing.Batches[0]));
    }

    [Fact]
    public void WorkFile_Changed_IsNoticed()
    {
        string path = Path.Combine(_folder, "work");
        Listing listing = WorkFile.Write(path, ["/a", "/b"]);
        File.WriteAllText(path, "/a\0/c\0");
        Assert.Throws<NonRetryableException>(() => WorkFile.Read(path, listing.Batches[0]));
        File.Delete(path);
        Assert.Throws<NonRetryableException>(() => WorkFile.Read(path, listing.Batches[0]));
    }

    [Fact]
    public async Task AppendLog_ManyWriters_KeepLinesWhole()
    {
        string path = Path.Combine(_folder, "log");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(w => Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                AppendLog.Write(path, $"{w}:{i}");
            }
        })));
        Assert.Equal(800, File.ReadAllLines(path).Distinct().Count());
    }

    [Fact]
    public async Task Hash_IsSha256()
    {
        string path = Path.Combine(_folder, "abc");
        File.WriteAllText(path, "abc", new UTF8Encoding(false));
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", await FileHash.ComputeAsync(path, default));
    }

    [Fact]
    public async Task Hash_Vanished_NamesTheFile()
    {
        var e = await Assert.ThrowsAsync<NonRetryableException>(() => FileHash.ComputeAsync(Path.Combine(_folder, "gone"), default));
        Assert.Contains("gone' vanished", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_IsReplacedWhole()
    {
        string path = Path.Combine(_folder, "manifest");
        File.WriteAllText(path, "old");
        Assert.Throws<NonRetryableException>(() => Manifest.Write(path, ["/a", "/b"], ["ff"]));
        Assert.Equal("old", File.ReadAllText(path));
        Manifest.Write(path, ["/a"], ["ff"]);
        Assert.Equal("ff  /a\n", File.ReadAllText(path));
        Assert.Equal(["manifest"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }
}
