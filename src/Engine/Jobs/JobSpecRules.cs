using System.Text.RegularExpressions;

namespace Kontinue.Engine.Jobs;

/// <summary>Refuses specs that no gateway could run, before anything is recorded.</summary>
internal static partial class JobSpecRules
{
    private const int MaxItems = 1000;
    private const int MaxImageLength = 1024;
    private const int MaxBackoffLimit = 100;

    /// <exception cref="InvalidRequestException">A value cannot be.</exception>
    public static void Check(WorkSpec spec)
    {
        Require(
            spec.Image is { Length: > 0 and <= MaxImageLength } && !spec.Image.Any(char.IsWhiteSpace), "image",
            $"must be the name of an image, such as registry/tool:1.2: 1 to {MaxImageLength} characters without white space");
        CheckTexts(spec.Command, "command");
        Require(spec.Command.Count == 0 || spec.Command[0].Length > 0, "command[0]", "must be the name of a program");
        CheckTexts(spec.Args, "args");
        CheckEnv(spec.Env);
        Require(
            spec.WorkingDirectory is null || (spec.WorkingDirectory.StartsWith('/') && IsText(spec.WorkingDirectory)), "workingDirectory",
            "must be an absolute path");
        CheckDuration(spec.ActiveDeadline, "activeDeadline");
        CheckDuration(spec.Ttl, "ttl");
        if (Names.FindBadLabel(spec.Labels) is { } bad)
        {
            throw Invalid($"labels['{bad.Key}']", bad.Reason);
        }

        CheckQuantities(spec.Resources?.Requests, "resources.requests");
        CheckQuantities(spec.Resources?.Limits, "resources.limits");
        Require(
            spec is not JobSpec { BackoffLimit: < 0 or > MaxBackoffLimit }, "backoffLimit", $"must be from 0 to {MaxBackoffLimit}");
    }

    private static void CheckTexts(IReadOnlyList<string>? texts, string field)
    {
        Require(texts is { Count: <= MaxItems }, field, $"must be a list of at most {MaxItems} texts");
        for (int i = 0; i < texts!.Count; i++)
        {
            Require(IsText(texts[i]), $"{field}[{i}]", "must be a text without the character U+0000");
        }
    }

    private static void CheckEnv(IReadOnlyDictionary<string, string>? env)
    {
        Require(env is { Count: <= MaxItems }, "env", $"must have at most {MaxItems} variables");
        foreach ((string name, string? value) in env!)
        {
            Require(
                name.Length > 0 && IsText(name) && !name.Contains('=', StringComparison.Ordinal), $"env['{name}']",
                "must have a name, and one without '=' and U+0000");
            Require(IsText(value), $"env['{name}']", "must be a text without the character U+0000");
        }
    }

    private static void CheckDuration(TimeSpan? value, string field) => Require(
        value is null || (value > TimeSpan.Zero && value <= Duration.Max), field, "must be more than zero and at most 100 years");

    private static void CheckQuantities(IReadOnlyDictionary<string, string>? quantities, string field)
    {
        Require(quantities is { Count: <= MaxItems }, field, $"must be a map of at most {MaxItems} quantities");
        foreach ((string resource, string? quantity) in quantities!)
        {
            Require(Names.IsLabelKey(resource), $"{field}['{resource}']", "is not the name of a resource, such as cpu or nvidia.com/gpu");
            Require(
                quantity is not null && Quantity().IsMatch(quantity), $"{field}['{resource}']",
                $"is '{quantity}', which is no quantity, such as 500m, 2 or 1Gi");
        }
    }

    private static bool IsText(string? text) => text is not null && !text.Contains('\0', StringComparison.Ordinal);

    private static void Require(bool holds, string field, string rule)
    {
        if (!holds)
        {
            throw Invalid(field, rule);
        }
    }

    private static InvalidRequestException Invalid(string field, string rule) => new($"spec.{field}", $"spec.{field} {rule}.");

    [GeneratedRegex(@"^(\d+(\.\d*)?|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quantity();
}
