using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kontinue.Resources;

namespace Kontinue.Cli.Output;

/// <summary>Prints resources in the form that was asked for.</summary>
internal static class ResourceOutput
{
    /// <summary>Prints as JSON, YAML or name.</summary>
    /// <returns>Whether it did: a table is the caller's own.</returns>
    public static bool TryWrite<T>(CliConsole console, OutputForm form, T value, JsonTypeInfo<T> type, IEnumerable<string> names)
    {
        switch (form)
        {
            case OutputForm.Json:
                JsonOutput.Write(console.Out, value, type);
                return true;
            case OutputForm.Yaml:
                YamlOutput.Write(console.Out, value, type);
                return true;
            case OutputForm.Name:
                foreach (string name in names)
                {
                    console.Out.WriteLine(name);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Prints one of many as they come: JSON in one line each, YAML in one document each.</summary>
    public static bool TryWriteNext(CliConsole console, OutputForm form, Execution value)
    {
        switch (form)
        {
            case OutputForm.Json:
                JsonOutput.Write(
                    console.Out, new JsonPayload(JsonSerializer.SerializeToUtf8Bytes(value, KontinueJsonContext.Writing.Execution)), indented: false);
                return true;
            case OutputForm.Yaml:
                console.Out.WriteLine("---");
                YamlOutput.Write(console.Out, value, KontinueJsonContext.Writing.Execution);
                return true;
            case OutputForm.Name:
                console.Out.WriteLine(Name(value));
                return true;
            default:
                return false;
        }
    }

    public static string Name(Execution execution) => "execution/" + execution.Metadata.Name;
}
