using Microsoft.Extensions.Options;
using Xunit;

namespace Kontinue.Grains.Tests.Hosting;

public sealed class GrainOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(_ => { }).Succeeded);

    [Fact]
    public void Reminders_may_be_on() => Assert.True(Validate(o => o.Reminders = true).Succeeded);

    [Fact]
    public void All_that_cannot_work_is_named()
    {
        ValidateOptionsResult result = Validate(o =>
        {
            o.ReminderThreshold = TimeSpan.Zero;
            o.CheckInterval = TimeSpan.Zero;
            o.TakeOverDelay = TimeSpan.Zero;
            o.SignalGathering = TimeSpan.FromMinutes(1);
            o.MaxTogether = 0;
        });
        Assert.Equal(5, result.Failures!.Count());
        Assert.All(
            typeof(GrainOptions).GetProperties(), property => Assert.Contains(property.Name, result.FailureMessage, StringComparison.Ordinal));
    }

    [Fact]
    public void All_are_documented()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
        {
            folder = folder.Parent;
        }

        string page = File.ReadAllText(Path.Combine(folder!.FullName, "docs", "configuration.md"));
        string section = page[page.IndexOf("## GrainOptions\n", StringComparison.Ordinal)..];
        Assert.All(typeof(GrainOptions).GetProperties(), property => Assert.Contains($"| `{property.Name}` |", section, StringComparison.Ordinal));
    }

    private static ValidateOptionsResult Validate(Action<GrainOptions> change)
    {
        var options = new GrainOptions();
        change(options);
        return new GrainOptionsValidator().Validate(null, options);
    }
}
