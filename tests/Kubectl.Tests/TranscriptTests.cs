using System.Text;
using Kontinue.Kubectl.Tests.Support;
using Xunit;

namespace Kontinue.Kubectl.Tests;

public sealed class TranscriptTests(DevelopmentServer server) : IClassFixture<DevelopmentServer>
{
    [SkippableFact]
    public async Task TheTranscriptInTheDocumentation_IsWhatKubectlPrints()
    {
        DevelopmentServer.Require();
        string document = Path.Combine(FindRoot(), "docs", "kubectl.md");
        IReadOnlyList<Exchange> exchanges = Transcript.Read(await File.ReadAllTextAsync(document));
        Assert.True(exchanges.Count > 20, $"Only {exchanges.Count} commands were found in {document}.");
        var problems = new StringBuilder();
        foreach (Exchange exchange in exchanges)
        {
            ShellResult result = await server.Shell.RunAsync($"exec 2>&1\n{exchange.Command}");
            if (!Transcript.Matches(exchange.Output, result.Output))
            {
                problems.AppendLine($"Line {exchange.Line}: $ {exchange.Command}\n--- documented\n{string.Join('\n', exchange.Output)}\n--- printed\n{result.Output}");
            }
        }

        Assert.True(problems.Length == 0, problems.ToString());
    }

    [Theory]
    [InlineData("NAME AGE\nx 5s", "NAME   AGE\nx      12m3s\n", true)]
    [InlineData("a\n...\nd", "a\nb\nc\nd", true)]
    [InlineData("a\n...\nd", "a\nb\nc", false)]
    [InlineData("hello-x7k2mqtz created", "hello-bbccddff created", true)]
    [InlineData("hello-1 created", "hello-2 created", false)]
    [InlineData("phase: Completed", "phase: Failed", false)]
    [InlineData("uid: 0198c0de-0000-7000-8000-000000000001", "uid: 0198c0de-0000-7000-8000-0000000000ff", true)]
    [InlineData("backoff: 5s", "backoff: 7s", true)]
    [InlineData("a", "a\nb", false)]
    public void Matches_KnowsWhatMayDiffer(string expected, string actual, bool matches) =>
        Assert.Equal(matches, Transcript.Matches(expected.Split('\n'), actual));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Kontinue.slnf")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The repository's root was not found.");
    }
}
