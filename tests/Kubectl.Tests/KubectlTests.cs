using System.Diagnostics;
using System.Text.Json.Nodes;
using Kontinue.Kubectl.Tests.Support;
using Xunit;

namespace Kontinue.Kubectl.Tests;

/// <summary>The real kubectl against a real server.</summary>
public sealed class KubectlTests(DevelopmentServer server) : IClassFixture<DevelopmentServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _names;

    [SkippableFact]
    public async Task ApiResources_ListsTheKinds()
    {
        ShellResult result = await RunAsync("kubectl api-resources --api-group=kontinue.cloud --no-headers");
        Assert.Matches("executions +exec +kontinue.cloud/v1alpha1 +true +Execution", result.Output);
        Assert.Matches("suspensions .* true +Suspension", result.Output);
        Assert.Matches("functions .* false +Function", result.Output);
        Assert.Matches("silos .* false +Silo", result.Output);
    }

    [SkippableFact]
    public async Task Create_IsValidatedAndRuns()
    {
        string name = await CreateAsync("hello", "arguments: {name: Ada}");
        await RunAsync($"kubectl wait execution/{name} --for=jsonpath='{{.status.phase}}'=Completed --timeout=30s");
        Assert.Equal("\"Hello, Ada!\"", (await GetAsync(name))["status"]!["result"]!.ToJsonString());
        Assert.Matches($"{name} +hello +Completed", (await RunAsync("kubectl get executions")).Output);
        Assert.Contains("SILO", (await RunAsync("kubectl get exec -o wide")).Output, StringComparison.Ordinal);
        Assert.Equal($"execution.kontinue.cloud/{name}\n", (await RunAsync($"kubectl get exec {name} -o name")).Output);
        Assert.Equal("Completed", (await RunAsync($"kubectl get exec {name} -o jsonpath='{{.status.phase}}'")).Output);
        Assert.Contains("phase: Completed", (await RunAsync($"kubectl get exec {name} -o yaml")).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_GeneratedNames_Differ()
    {
        string manifest = Manifest("generateName: many-", "function: noop");
        ShellResult first = await RunAsync($"kubectl create -f - {manifest}");
        ShellResult second = await RunAsync($"kubectl create -f - {manifest}");
        Assert.NotEqual(first.Output, second.Output);
    }

    [SkippableFact]
    public async Task Create_UnknownField_IsRefusedWithItsPath()
    {
        ShellResult result = await FailAsync($"kubectl create -f - {Manifest($"name: {Name()}", "function: noop, retry: {retrys: 3}")}");
        Assert.Contains("unknown field \"spec.retry.retrys\"", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_UnknownFieldWithoutValidation_Warns()
    {
        ShellResult result = await RunAsync($"kubectl create --validate=warn -f - {Manifest($"name: {Name()}", "function: noop, colour: red")}");
        Assert.Contains("Warning: unknown field \"spec.colour\"", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_WrongValue_NamesTheField()
    {
        ShellResult result = await FailAsync($"kubectl create -f - {Manifest($"name: {Name()}", "function: noop, retry: {retries: -1}")}");
        Assert.Contains("spec.retry.retries", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_NameTwice_IsAConflict()
    {
        string manifest = Manifest($"name: {Name()}", "function: noop");
        await RunAsync($"kubectl create -f - {manifest}");
        Assert.Contains("AlreadyExists", (await FailAsync($"kubectl create -f - {manifest}")).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_DryRun_StoresNothing()
    {
        string name = Name();
        ShellResult result = await RunAsync($"kubectl create --dry-run=server -f - {Manifest($"name: {name}", "function: noop")}");
        Assert.Contains("created (server dry run)", result.Output, StringComparison.Ordinal);
        await FailAsync($"kubectl get execution {name}");
    }

    [SkippableFact]
    public async Task Watch_ShowsEachPhase()
    {
        DevelopmentServer.Require();
        string name = await CreateAsync("approval");
        await RunAsync($"kubectl wait execution/{name} --for=jsonpath='{{.status.phase}}'=Suspended --timeout=30s");
        using Process watch = server.Shell.Start($"exec kubectl get execution {name} -w");
        await ReadUntilAsync(watch, "Suspended");
        await ActAsync(name, "resume", """{"payload": {"approved": true}}""");
        await ReadUntilAsync(watch, "Completed");
        watch.Kill();
    }

    [SkippableFact]
    public async Task Watch_OfAll_TellsOfNewOnesAndDeletedOnes()
    {
        DevelopmentServer.Require();
        using Process watch = server.Shell.Start("exec kubectl get executions --watch-only --output-watch-events");
        string name;
        do
        {
            // Until the watch has begun nothing that happens is told.
            name = await CreateAsync("noop");
        }
        while (!await TryReadUntilAsync(watch, name));
        await RunAsync($"kubectl delete execution {name}");
        await ReadUntilAsync(watch, "DELETED");
        watch.Kill();
    }

    [SkippableFact]
    public async Task Describe_ShowsSpecAndStatus()
    {
        string name = await CreateAsync("hello", "arguments: {name: Grace}");
        await RunAsync($"kubectl wait execution/{name} --for=jsonpath='{{.status.phase}}'=Completed --timeout=30s");
        ShellResult result = await RunAsync($"kubectl describe execution {name}");
        Assert.Matches("Function: +hello", result.Output);
        Assert.Matches("Phase: +Completed", result.Output);
    }

    [SkippableTheory]
    [InlineData("execution.spec.retry", "childPolicy")]
    [InlineData("execution.status.phase", "FIELD: phase")]
    [InlineData("execution --recursive", "maxBackoff")]
    [InlineData("suspension.spec", "resumeAt")]
    [InlineData("function.spec", "description")]
    [InlineData("function.spec", "workerGroups")]
    [InlineData("execution.spec.mutex", "Its name: 1 to 253 characters.")]
    [InlineData("execution.spec.priority", "FIELD: priority <integer>")]
    [InlineData("execution.spec.concurrencyKey", "FIELD: concurrencyKey <string>")]
    [InlineData("silo.status", "leaseUntil")]
    [InlineData("silo.status.phase", "FIELD: phase")]
    public async Task Explain_AnswersFromTheSchema(string what, string expected)
    {
        ShellResult result = await RunAsync($"kubectl explain {what}");
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<empty>", result.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task LabelAndAnnotate_ChangeTheMetadata()
    {
        string name = await CreateAsync("noop");
        await RunAsync($"kubectl label execution {name} team={name}");
        await RunAsync($"kubectl annotate execution {name} note='two words'");
        Assert.Equal($"execution.kontinue.cloud/{name}\n", (await RunAsync($"kubectl get executions -l team={name} -o name")).Output);
        await RunAsync($"kubectl label execution {name} team-");
        Assert.DoesNotContain(name, (await RunAsync($"kubectl get executions -l team={name} -o name")).Output, StringComparison.Ordinal);
        Assert.Equal("two words", (await GetAsync(name))["metadata"]!["annotations"]!["note"]!.GetValue<string>());
    }

    [SkippableFact]
    public async Task Selectors_OfEveryKind_Select()
    {
        string name = await CreateAsync("fail");
        await RunAsync($"kubectl wait execution/{name} --for=jsonpath='{{.status.phase}}'=Failed --timeout=30s");
        await RunAsync($"kubectl label execution {name} set={name}");
        foreach (string selector in new[]
        {
            $"-l set={name}", $"-l 'set in ({name},other)'", $"-l set,set!=x", "--field-selector status.phase=Failed",
            "--field-selector status.phase!=Completed,spec.function=fail", $"--field-selector metadata.name={name}",
        })
        {
            Assert.Contains(name, (await RunAsync($"kubectl get executions {selector} -o name")).Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(name, (await RunAsync($"kubectl get executions -l '!set' -o name")).Output, StringComparison.Ordinal);
        Assert.Contains("spec.nothing", (await FailAsync("kubectl get executions --field-selector spec.nothing=1")).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Patch_OfEachKind_ChangesWhatMayChange()
    {
        string name = await CreateAsync("approval");
        await RunAsync($$$$"""kubectl patch execution {{{{name}}}} --type merge -p '{"metadata":{"labels":{"a":"1"}},"spec":{"ttl":{"deleteAfter":"30d"}}}'""");
        await RunAsync($$"""kubectl patch execution {{name}} --type json -p '[{"op":"add","path":"/metadata/labels/b","value":"2"}]'""");
        JsonNode patched = await GetAsync(name);
        Assert.Equal("""{"a":"1","b":"2"}""", patched["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal("30d", patched["spec"]!["ttl"]!["deleteAfter"]!.GetValue<string>());
        ShellResult refused = await FailAsync($$$"""kubectl patch execution {{{name}}} --type merge -p '{"spec":{"function":"noop"}}'""");
        Assert.Contains("spec.function", refused.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("--server-side")]
    public async Task Apply_CreatesAndThenChanges(string how)
    {
        string name = Name();
        Assert.Contains(
            how.Length == 0 ? "created" : "serverside-applied",
            (await RunAsync($"kubectl apply {how} -f - {Manifest($"name: {name}, labels: {{a: one}}", "function: approval")}")).Output, StringComparison.Ordinal);
        if (how.Length == 0)
        {
            Assert.Contains("unchanged", (await RunAsync($"kubectl apply -f - {Manifest($"name: {name}, labels: {{a: one}}", "function: approval")}")).Output, StringComparison.Ordinal);
        }

        await RunAsync($"kubectl apply {how} -f - {Manifest($"name: {name}, labels: {{a: two}}", "function: approval")}");
        Assert.Equal("two", (await GetAsync(name))["metadata"]!["labels"]!["a"]!.GetValue<string>());
        Assert.Contains(
            "spec.function",
            (await FailAsync($"kubectl apply {how} -f - {Manifest($"name: {name}, labels: {{a: two}}", "function: noop")}")).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Edit_ChangesALabel()
    {
        string name = await CreateAsync("noop");
        await RunAsync($"kubectl label execution {name} a=one");
        await RunAsync($"KUBE_EDITOR=\"sed -i 's/a: one/a: two/'\" kubectl edit execution {name}");
        Assert.Equal("two", (await GetAsync(name))["metadata"]!["labels"]!["a"]!.GetValue<string>());
    }

    [SkippableFact]
    public async Task Delete_OfOneThatEnded_RemovesIt()
    {
        string name = await CreateAsync("noop");
        await RunAsync($"kubectl delete execution {name} --timeout=30s");
        Assert.Contains("NotFound", (await FailAsync($"kubectl get execution {name}")).Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("--grace-period=0 --force")]
    [InlineData("--cascade=foreground")]
    public async Task Delete_OfOneThatWaits_EndsItFirst(string how)
    {
        string name = await CreateAsync("approval");
        await RunAsync($"kubectl delete execution {name} {how} --timeout=30s");
        await FailAsync($"kubectl get execution {name}");
    }

    [SkippableFact]
    public async Task Delete_BySelector_RemovesThoseAndNoOthers()
    {
        string mark = Name();
        string kept = await CreateAsync("noop");
        for (int i = 0; i < 3; i++)
        {
            await RunAsync($"kubectl create -f - {Manifest($"name: {Name()}, labels: {{mark: {mark}}}", "function: noop")}");
        }

        await RunAsync($"kubectl delete executions -l mark={mark} --timeout=30s");
        Assert.Empty((await RunAsync($"kubectl get executions -l mark={mark} -o name")).Output);
        await RunAsync($"kubectl get execution {kept}");
    }

    [SkippableFact]
    public async Task Actions_ThroughRawRequests_Work()
    {
        string approval = await CreateAsync("approval");
        await RunAsync($"kubectl wait execution/{approval} --for=jsonpath='{{.status.phase}}'=Suspended --timeout=30s");
        Assert.Contains(approval, (await RunAsync("kubectl get suspensions")).Output, StringComparison.Ordinal);
        await ActAsync(approval, "resume", """{"payload": {"approved": true, "by": "Ada"}}""");
        await RunAsync($"kubectl wait execution/{approval} --for=jsonpath='{{.status.phase}}'=Completed --timeout=30s");
        ShellResult journal = await RunAsync($"kubectl get --raw /apis/kontinue.cloud/v1alpha1/namespaces/default/executions/{approval}/journal");
        Assert.Contains("Resumed", journal.Output, StringComparison.Ordinal);

        string failed = await CreateAsync("fail");
        await RunAsync($"kubectl wait execution/{failed} --for=jsonpath='{{.status.phase}}'=Failed --timeout=30s");
        await ActAsync(failed, "retry", "{}");
        await RunAsync($"kubectl wait execution/{failed} --for=jsonpath='{{.status.attempts}}'=2 --timeout=30s");
        await RunAsync($"kubectl wait execution/{failed} --for=jsonpath='{{.status.phase}}'=Failed --timeout=30s");
        await ActAsync(failed, "skip", """{"reason": "not needed"}""");
        Assert.Equal("Skipped", (await GetAsync(failed))["status"]!["phase"]!.GetValue<string>());
        await ActAsync(failed, "resubmit", "{}");

        string canceled = await CreateAsync("approval");
        await ActAsync(canceled, "cancel", """{"reason": "enough"}""");
        await RunAsync($"kubectl wait execution/{canceled} --for=jsonpath='{{.status.phase}}'=Canceled --timeout=30s");
    }

    [SkippableFact]
    public async Task Functions_AreListed()
    {
        ShellResult result = await RunAsync("kubectl get functions");
        Assert.Matches("NAME +DESCRIPTION +GROUP", result.Output);
        Assert.Matches("hello +Greets", result.Output);
        Assert.Contains("\"properties\"", (await RunAsync("kubectl get function hello -o json")).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ManifestsOfKontinue_ApplyUnchanged()
    {
        string name = Name();
        await RunAsync($$"""
            kubectl apply -f - <<'EOF'
            apiVersion: kontinue.cloud/v1alpha1
            kind: Execution
            metadata:
              name: {{name}}
              namespace: default
            spec:
              function: hello
              arguments:
                name: Ada
              retry:
                retries: 3
                backoff: 30s
                childPolicy: RetryFailed
              timeout:
                attempt: 10m
                overall: 2h
              ttl:
                archiveAfter: 720h
                deleteAfter: 90d
            EOF
            """);
        await RunAsync($"kubectl wait execution/{name} --for=jsonpath='{{.status.phase}}'=Completed --timeout=30s");
    }

    [SkippableTheory]
    [InlineData("kubectl get execution no-such-thing", "NotFound")]
    [InlineData("kubectl get executions -l 'a=('", "a=(")]
    [InlineData("kubectl get execution UPPER", "UPPER")]
    [InlineData("kubectl get widgets.kontinue.cloud", "doesn't have a resource type")]
    [InlineData("kubectl get --raw /apis/kontinue.cloud/v1alpha1/nothing", "NotFound")]
    public async Task Mistakes_AreAnsweredClearly(string command, string expected)
    {
        ShellResult result = await FailAsync(command);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Create_MisspelledKind_IsNamed()
    {
        ShellResult result = await FailAsync("""
            kubectl create -f - <<'EOF'
            apiVersion: kontinue.cloud/v1alpha1
            kind: Executon
            metadata: {name: x}
            EOF
            """);
        Assert.Contains("no matches for kind \"Executon\"", result.Error, StringComparison.Ordinal);
    }

    private static string Name() => $"test-{Interlocked.Increment(ref _names)}";

    private static string Manifest(string metadata, string spec) => $$"""
        <<'EOF'
        apiVersion: kontinue.cloud/v1alpha1
        kind: Execution
        metadata: { {{metadata}} }
        spec: { {{spec}} }
        EOF
        """;

    private async Task<string> CreateAsync(string function, string? more = null)
    {
        string name = Name();
        await RunAsync($"kubectl create -f - {Manifest($"name: {name}", $"function: {function}{(more is null ? "" : ", " + more)}")}");
        return name;
    }

    private Task ActAsync(string name, string action, string body) => RunAsync(
        $"echo '{body}' | kubectl create --raw /apis/kontinue.cloud/v1alpha1/namespaces/default/executions/{name}/{action} -f -");

    private async Task<JsonNode> GetAsync(string name) =>
        JsonNode.Parse((await RunAsync($"kubectl get execution {name} -o json")).Output)!;

    private async Task<ShellResult> RunAsync(string command)
    {
        DevelopmentServer.Require();
        return (await server.Shell.RunAsync(command)).Succeeded();
    }

    private async Task<ShellResult> FailAsync(string command)
    {
        DevelopmentServer.Require();
        return (await server.Shell.RunAsync(command)).Failed();
    }

    private static async Task ReadUntilAsync(Process process, string text)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(patience.Token);
        }
        while (line?.Contains(text, StringComparison.Ordinal) == false);
        if (line is null)
        {
            throw new InvalidOperationException($"kubectl ended before it printed '{text}': {await process.StandardError.ReadToEndAsync(patience.Token)}");
        }
    }

    /// <summary>Reads what is printed soon.</summary>
    private static async Task<bool> TryReadUntilAsync(Process process, string text)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(soon.Token) is { } line)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        throw new InvalidOperationException($"kubectl ended: {await process.StandardError.ReadToEndAsync()}");
    }
}
