using Kontinue.Grains.Tests.Support;
using Orleans.Metadata;
using Xunit;

namespace Kontinue.Grains.Tests.Clients;

/// <summary>Silos and clients of two versions are one cluster during an upgrade: what they send to each other only grows.</summary>
public sealed class WireFormatTests
{
    private const string File = "wire-format.txt";

    private static string Folder => Path.Combine(Repository.FindRoot(), "tests", "Grains.Tests", "Clients");

    [Fact]
    public async Task What_is_sent_only_grows()
    {
        string[] now = [.. await DescribeAsync()];
        string path = Path.Combine(Folder, File);
        string[] locked = System.IO.File.Exists(path) ? await System.IO.File.ReadAllLinesAsync(path) : [];
        string[] gone = [.. locked.Except(now, StringComparer.Ordinal)];
        string[] fresh = [.. now.Except(locked, StringComparer.Ordinal)];
        if (gone.Length + fresh.Length == 0)
        {
            return;
        }

        await System.IO.File.WriteAllLinesAsync(Path.Combine(AppContext.BaseDirectory, File), now);
        Assert.Fail(
            (gone.Length == 0 ? "" : "Silos and clients of the versions before rely on these lines of tests/Grains.Tests/Clients/wire-format.txt; put back what was renamed, " +
                $"removed or changed, or used again:\n  {string.Join("\n  ", gone)}\n") +
            (fresh.Length == 0 ? "" : "These are new. Add the lines; for a new call raise GrainCalls.Version and the versions in the file; a new value of an enumeration must not be sent before the next " +
                "version, for the one before cannot read it:\n  " +
                $"{string.Join("\n  ", fresh)}\n") +
            $"All lines, as they would be, are in {Path.Combine(AppContext.BaseDirectory, File)}.");
    }

    [Fact]
    public async Task Everything_has_a_name_of_its_own_and_no_place_in_code()
    {
        IReadOnlyCollection<string> lines = await DescribeAsync();
        Assert.DoesNotContain(lines, line => line.StartsWith("call", StringComparison.Ordinal) && line.Contains(".?(", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => (line.StartsWith("type", StringComparison.Ordinal) || line.StartsWith("grain", StringComparison.Ordinal)) &&
            !line.Contains(" kontinue.", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyCollection<string>> DescribeAsync()
    {
        await using TestSilos silos = await TestSilos.StartAsync(1, static _ => { });
        return new WireFormat(Assert.Single(silos.Parts<GrainTypeResolver>()), Assert.Single(silos.Parts<GrainInterfaceTypeResolver>())).Describe();
    }
}
