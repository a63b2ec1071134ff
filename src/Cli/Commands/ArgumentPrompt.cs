using System.Text.Json.Nodes;
using Spectre.Console;

namespace Kontinue.Cli.Commands;

/// <summary>Asks for a function's arguments, as its JSON schema has them: those that must be given first.</summary>
internal sealed class ArgumentPrompt(IAnsiConsole console)
{
    /// <summary>Asks for what is not given yet.</summary>
    /// <param name="schema">The function's; none: it takes no arguments, so nothing is asked.</param>
    /// <param name="given">What the command line gives; kept as it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">What is given is no object.</exception>
    public async Task<JsonPayload> AskAsync(JsonPayload schema, JsonPayload given, CancellationToken cancellationToken)
    {
        if (schema.IsNone || JsonNode.Parse(schema.Utf8.Span) is not JsonObject root)
        {
            return given;
        }

        JsonObject answers = given.IsNone
            ? []
            : JsonNode.Parse(given.Utf8.Span) as JsonObject ?? throw new UsageException("The arguments given are no JSON object, so nothing can be added to them.");
        foreach (ArgumentField field in ArgumentField.Of(root).Where(f => !answers.ContainsKey(f.Name)))
        {
            if (await AskAsync(field, cancellationToken) is { } answer)
            {
                answers[field.Name] = answer.Value;
            }
        }

        return JsonPayload.Parse(answers.ToJsonString());
    }

    /// <returns>Null: it is left out.</returns>
    private async Task<ArgumentValue?> AskAsync(ArgumentField field, CancellationToken cancellationToken)
    {
        if (field.Description is { } description)
        {
            console.MarkupLineInterpolated($"[grey]{description}[/]");
        }

        string hint = field.IsRequired || field.Default is not null ? field.TypeName : field.TypeName + ", may be empty";
        var prompt = new TextPrompt<string>(Markup.Escape($"{field.Name} ({hint})") + ":")
        {
            AllowEmpty = !field.IsRequired, ShowChoices = true, ShowDefaultValue = true,
        };
        if (field.Default is { } @default)
        {
            prompt.DefaultValue(ArgumentField.Show(@default));
        }

        if (field.Choices.Count > 0)
        {
            console.MarkupLineInterpolated($"[grey]one of {string.Join(", ", field.Choices.Select(ArgumentField.Show))}[/]");
        }

        prompt.Validate(text => IsLeftOut(field, text) || field.TryRead(text, out _, out string? error)
            ? ValidationResult.Success()
            : ValidationResult.Error(Markup.Escape(error)));
        string answer = await prompt.ShowAsync(console, cancellationToken);
        return !IsLeftOut(field, answer) && field.TryRead(answer, out JsonNode? value, out _) ? new ArgumentValue(value) : null;
    }

    private static bool IsLeftOut(ArgumentField field, string text) => text.Length == 0 && !field.IsRequired;

    /// <summary>Tells JSON's null from no answer.</summary>
    private sealed record ArgumentValue(JsonNode? Value);
}
