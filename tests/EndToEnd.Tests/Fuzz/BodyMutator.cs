using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kontinue.EndToEnd.Tests.Fuzz;

/// <summary>Makes bodies: good ones, ones with a wrong part, and ones that are no JSON at all.</summary>
internal sealed class BodyMutator(Random random)
{
    private static readonly string[] Seeds =
    [
        """{"apiVersion":"kontinue.cloud/v1alpha1","kind":"Execution","metadata":{"name":"NAME","labels":{"a":"b"},"annotations":{"n":"x"}},"spec":{"function":"nobody-has-it","arguments":{"x":1},"retry":{"retries":2,"backoff":"5s","childPolicy":"None"},"timeout":{"attempt":"1m","overall":"1h"},"ttl":{"deleteAfter":"30d"}}}""",
        """{"apiVersion":"kontinue.cloud/v1alpha1","kind":"ExecutionList","items":[{"metadata":{"generateName":"l-"},"spec":{"function":"nobody-has-it"}}]}""",
        """{"metadata":{"labels":{"a":"c","b":null}},"spec":{"ttl":{"archiveAfter":"7d"}}}""",
        """[{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"test","path":"/spec/function","value":"nobody-has-it"},{"op":"remove","path":"/metadata/labels/a"}]""",
        """{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background","gracePeriodSeconds":30,"preconditions":{"uid":"0198c0de-0000-7000-8000-000000000001"},"dryRun":["All"]}""",
        """{"suspension":"gate","payload":{"by":"me"}}""",
        """{"name":"news","payload":[1,2,3]}""",
        """{"reason":"because"}""",
        """{"childPolicy":"RetryFailed"}""",
        """{"result":{"x":1},"reason":"no"}""",
    ];

    private static readonly string[] YamlSeeds =
    [
        """
        apiVersion: kontinue.cloud/v1alpha1
        kind: Execution
        metadata:
          name: NAME
          labels: {a: b, "c": 'd'}
          annotations:
            note: |
              two
              lines
        spec:
          function: nobody-has-it
          arguments:
            - 1
            - 0x1F
            - x: ~
            - !!str 5
          timeout: {attempt: 1m}
        """,
        """
        kind: ExecutionList
        items:
        - metadata: {generateName: y-}
          spec: &spec {function: nobody-has-it}
        """,
        """
        metadata:
          labels:
            a: c
            b: null
        """,
        """
        # why
        reason: >-
          because
          of it
        """,
    ];

    private static readonly string[] YamlOddities =
    [
        "*spec", "&a [*a, *a]", "!!binary aGk=", "!!map", "!tag x", "---", "...", "<<: *spec", "? x", "? [a]: b", "|", ">", "\t", "{", "]", "\"", "'", "%YAML 9.9", "@", "`",
        ".inf", ".nan", "-.inf", "0o17", "1_000", "2026-01-01", "yes", "~", "\u0000", "\ud800", "\uFEFF", "- - - -", ": :", "a: b: c", "9e9999",
    ];

    private static readonly string[] Oddities =
    [
        "null", "true", "0", "-1", "1e400", "-0", "1.5", "9223372036854775808", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"é\"", "[]", "{}", "[[[[]]]]",
        "{\"\":{}}", "\"5s\"", "\"-5s\"", "\"99999999999999999999d\"", "\"Completed\"", "{\"$ref\":\"#\"}", "\"../../x\"",
    ];

    /// <param name="name">The name of what it creates, if it does.</param>
    /// <param name="method">The request's.</param>
    /// <param name="path">The request's: mostly it gets a body of the kind that it wants.</param>
    public byte[] Next(string name, string method, string path)
    {
        int kind = random.Next(3) == 0 ? random.Next(Seeds.Length) : Fitting(method, path);
        string seed = Seeds[kind].Replace("NAME", name, StringComparison.Ordinal);
        return random.Next(13) switch
        {
            0 or > 9 => Encoding.UTF8.GetBytes(seed),
            1 => Flip(Encoding.UTF8.GetBytes(seed)),
            2 => Encoding.UTF8.GetBytes(seed[..random.Next(seed.Length)]),
            3 => Encoding.UTF8.GetBytes(Deep(random.Next(1, 3000))),
            4 => Encoding.UTF8.GetBytes(Twice(seed)),
            5 => Encoding.UTF8.GetBytes(seed.Replace("\"a\"", $"\"{new string('k', random.Next(1, 100_000))}\"", StringComparison.Ordinal)),
            _ => Encoding.UTF8.GetBytes(Replaced(seed)),
        };
    }

    /// <summary>The same in YAML.</summary>
    public byte[] NextYaml(string name)
    {
        string seed = YamlSeeds[random.Next(YamlSeeds.Length)].Replace("NAME", name, StringComparison.Ordinal);
        return random.Next(8) switch
        {
            0 => Encoding.UTF8.GetBytes(seed),
            1 => Flip(Encoding.UTF8.GetBytes(seed)),
            2 => Encoding.UTF8.GetBytes(seed[..random.Next(seed.Length)]),
            3 => Encoding.UTF8.GetBytes(DeepYaml(random.Next(1, 2000))),
            4 => Encoding.UTF8.GetBytes(seed + "\n---\n" + seed),
            5 => Encoding.UTF8.GetBytes(Laughs(random.Next(2, 30))),
            _ => Encoding.UTF8.GetBytes(OddYaml(seed)),
        };
    }

    /// <summary>A value after a colon, or a whole line, becomes something else.</summary>
    private string OddYaml(string seed)
    {
        string[] lines = seed.Split('\n');
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(lines.Length);
            string odd = YamlOddities[random.Next(YamlOddities.Length)];
            int colon = lines[at].IndexOf(':', StringComparison.Ordinal);
            lines[at] = colon >= 0 && random.Next(4) > 0 ? $"{lines[at][..colon]}: {odd}" : new string(' ', random.Next(8)) + odd;
        }

        return string.Join('\n', lines);
    }

    private string DeepYaml(int depth) => random.Next(3) switch
    {
        0 => string.Concat(Enumerable.Repeat("- ", depth)) + "x",
        1 => new string('[', depth) + new string(']', random.Next(depth + 1)),
        _ => string.Join('\n', Enumerable.Range(0, Math.Min(depth, 300)).Select(i => new string(' ', i) + "a:")) + " 1",
    };

    /// <summary>A few lines that stand for very many.</summary>
    private static string Laughs(int levels) => "spec:\n  function: nobody-has-it\n  arguments:\n    a0: &a0 [x, x, x, x, x, x, x, x]\n" + string.Concat(
        Enumerable.Range(1, levels).Select(i => $"    a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));

    private int Fitting(string method, string path) => path[(path.LastIndexOf('/') + 1)..] switch
    {
        _ when method == "DELETE" => 4,
        _ when method == "PATCH" => random.Next(2, 4),
        "resume" => 5,
        "events" => 6,
        "cancel" => 7,
        "retry" => 8,
        "skip" => 9,
        _ => random.Next(2),
    };

    private static string Twice(string seed) => seed[0] == '{' ? "{" + seed[1..^1] + "," + seed[1..] : seed;

    private string Deep(int depth) => random.Next(2) == 0
        ? string.Concat(Enumerable.Repeat("[", depth)) + string.Concat(Enumerable.Repeat("]", random.Next(depth + 1)))
        : string.Concat(Enumerable.Repeat("{\"spec\":", depth)) + "1" + string.Concat(Enumerable.Repeat("}", depth));

    private byte[] Flip(byte[] bytes)
    {
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    /// <summary>Puts something else in place of one or more values.</summary>
    private string Replaced(string seed)
    {
        JsonNode root = JsonNode.Parse(seed)!;
        const string mark = "%ODD%";
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            Replace(root, mark);
        }

        string text = root.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        while (text.IndexOf($"\"{mark}\"", StringComparison.Ordinal) is >= 0 and var at)
        {
            text = text[..at] + Oddities[random.Next(Oddities.Length)] + text[(at + mark.Length + 2)..];
        }

        return text;
    }

    private void Replace(JsonNode node, string mark)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                string key = map.ElementAt(random.Next(map.Count)).Key;
                if (map[key] is JsonObject or JsonArray && random.Next(3) > 0)
                {
                    Replace(map[key]!, mark);
                }
                else if (random.Next(6) == 0)
                {
                    map.Remove(key);
                }
                else
                {
                    map[random.Next(5) == 0 ? key + "x" : key] = mark;
                }

                break;
            case JsonArray { Count: > 0 } list:
                int at = random.Next(list.Count);
                if (list[at] is JsonObject inner && random.Next(3) > 0)
                {
                    Replace(inner, mark);
                }
                else
                {
                    list[at] = mark;
                }

                break;
        }
    }
}
