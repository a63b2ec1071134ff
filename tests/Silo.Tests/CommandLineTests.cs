using Kontinue.Silo.Settings;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Arguments that configuration would pass over without a word.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("--help", "--help")]
    [InlineData("Samples", "Samples")]
    [InlineData("--Kontinue:Silo:Samples", "--Kontinue:Silo:Samples")]
    [InlineData("--samples", "--samples", "--Kontinue:Silo:ClusterId=x")]
    [InlineData("true", "--Kontinue:Silo:ClusterId=x", "true")]
    [InlineData("-h", "-h")]
    public void What_is_no_setting_with_a_value_is_refused(string refused, params string[] args)
    {
        SiloStartException e = Assert.Throws<SiloStartException>(() => CommandLineCheck.Check(args.Length == 0 ? [refused] : args));
        Assert.StartsWith($"'{refused}' is no setting with a value.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_configuration_itself_refuses_is_said_when_the_silo_is_built()
    {
        KontinueSiloBuilder builder = KontinueSilo.CreateBuilder(["-x=1"]).Configure(_ => { });
        Assert.Contains("The short switch '-x=1' is not defined", Assert.Throws<SiloStartException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--Kontinue:Silo:ClusterId=x", "Kontinue:Silo:ServiceId=y", "/Kontinue:Silo:SiloPort=1")]
    [InlineData("--Kontinue:Silo:ClusterId", "x", "/environment", "Development", "--urls", "http://127.0.0.1:1")]
    public void What_configuration_reads_is_let_through(params string[] args) => CommandLineCheck.Check(args);
}
