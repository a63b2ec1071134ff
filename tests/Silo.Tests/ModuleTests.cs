using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Kontinue.Engine.Hosting;
using Kontinue.Resources;
using Kontinue.Silo.Modules;
using Kontinue.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Kontinue.Silo.Tests;

/// <summary>Assemblies of others, and what is wrong with them.</summary>
[Collection(DatabaseCollection.Name)]
public sealed class ModuleTests(Database databases) : IDisposable
{
    private const string Module = "Kontinue.Silo.Module.dll";

    private readonly string _folder = Directory.CreateTempSubdirectory("kontinue-module-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task A_module_brings_what_it_needs_itself_and_shares_what_the_silo_has()
    {
        // The silo has no such library, and the module has its own copies of Kontinue's.
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "Kontinue.Silo.Module.Library.dll")));
        Assert.True(File.Exists(Path.Combine(NextSilo.OutputOf("Silo.Module"), "Kontinue.Engine.dll")));
        await using SiloProcess silo = await SiloProcess.StartAsync(
            await databases.NewAsync(), "one", $"Kontinue:Silo:Functions:0={Path.Combine(NextSilo.OutputOf("Silo.Module"), Module)}");
        Execution ended = await silo.Client.CreateAsync(
            new Execution
            {
                Metadata = new ObjectMetadata { Name = "sum" }, Spec = new ExecutionSpec { Function = "sum", Arguments = JsonPayload.Parse("""{"a":40,"b":2}""") },
            },
            TimeSpan.FromSeconds(30));
        Assert.Equal("42", ended.Status!.Result.ToString());
    }

    [SkippableTheory]
    [InlineData("constructor", "The constructor of the module Kontinue.Silo.Modules.SumModule of ")]
    [InlineData("configure", "The module Kontinue.Silo.Modules.SumModule of ")]
    public async Task A_module_that_fails_is_named(string place, string message)
    {
        await using SiloProcess silo = SiloProcess.Launch(
            await databases.NewAsync(), "one", $"Kontinue:Silo:Functions:0={Path.Combine(NextSilo.OutputOf("Silo.Module"), Module)}", $"SUM_MODULE_FAILS_IN={place}");
        Assert.Equal(2, await silo.ExitCodeAsync());
        Assert.StartsWith($"error: {message}", silo.Output, StringComparison.Ordinal);
        Assert.EndsWith($"failed: It was told to fail in its {place}.", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_dependency_is_named()
    {
        foreach (string file in new[] { Module, "Kontinue.Silo.Module.deps.json" })
        {
            File.Copy(Path.Combine(NextSilo.OutputOf("Silo.Module"), file), Path.Combine(_folder, file));
        }

        Assert.Contains("needs the assembly Kontinue.Silo.Module.Library", Fails(Path.Combine(_folder, "Kontinue.Silo.Module.dll")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_of_a_newer_Kontinue_is_refused_with_both_versions()
    {
        foreach (string file in Directory.GetFiles(NextSilo.OutputOf("Silo.Module")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        string module = Path.Combine(_folder, Module);
        File.WriteAllBytes(module, BuiltWith(99, File.ReadAllBytes(module)));
        string version = typeof(IKontinueModule).Assembly.GetName().Version!.ToString();
        Assert.Contains($"was built with Kontinue.Engine 99.{version[2..]}, and this silo is of version {version}.", Fails(module), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_module_says_so()
    {
        string text = Path.Combine(_folder, "text.dll");
        File.WriteAllText(text, "This is no assembly.");
        Assert.Contains("text.dll, which Kontinue:Silo:Functions names, is no .NET assembly", Fails(text), StringComparison.Ordinal);
        Assert.Contains("is a folder. Name the assembly in it.", Fails(_folder), StringComparison.Ordinal);
        Assert.Contains("does not exist", Fails(Path.Combine(_folder, "nowhere.dll")), StringComparison.Ordinal);
        Assert.Contains(
            "has no public class that implements Kontinue.Engine.Hosting.IKontinueModule", Fails(Path.Combine(AppContext.BaseDirectory, "Kontinue.Api.dll")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_named_twice_is_refused()
    {
        string file = typeof(TestModule).Assembly.Location;
        Assert.Contains("is named twice in Kontinue:Silo:Functions", Assert.Throws<SiloStartException>(() => Configure(file, file)).Message, StringComparison.Ordinal);
    }

    private static string Fails(string file) => Assert.Throws<SiloStartException>(() => Configure(file)).Message;

    private static void Configure(params string[] files) => new ServiceCollection().AddKontinue(k => ModuleLoader.Configure(k, files));

    /// <summary>The assembly as if it had been built with another version of Kontinue.Engine: the number in its reference is changed.</summary>
    private static byte[] BuiltWith(ushort major, byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        MetadataReader reader = file.GetMetadataReader();
        AssemblyReferenceHandle reference = reader.AssemblyReferences.Single(r => reader.GetString(reader.GetAssemblyReference(r).Name) == "Kontinue.Engine");
        int row = MetadataTokens.GetRowNumber(reference) - 1;
        int at = file.PEHeaders.MetadataStartOffset + reader.GetTableMetadataOffset(TableIndex.AssemblyRef) + (row * reader.GetTableRowSize(TableIndex.AssemblyRef));
        BinaryPrimitives.WriteUInt16LittleEndian(assembly.AsSpan(at), major);
        return assembly;
    }
}
