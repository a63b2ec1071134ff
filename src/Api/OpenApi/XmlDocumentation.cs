using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kontinue.Api.OpenApi;

/// <summary>
/// The documentation comments of the resources, which the build embeds here: what the code says of a field is what
/// <c>kubectl explain</c> says of it.
/// </summary>
internal sealed partial class XmlDocumentation
{
    private const string ResourceName = "Kontinue.Abstractions.xml";

    private readonly Dictionary<string, XElement> _members;
    private readonly Func<string, string> _constant;

    private XmlDocumentation(XDocument document, Func<string, string> constant)
    {
        _members = document.Descendants("member").ToDictionary(m => (string)m.Attribute("name")!, StringComparer.Ordinal);
        _constant = constant;
    }

    /// <summary>Reads the embedded documentation.</summary>
    /// <param name="constant">What to write instead of a constant's value, such as the name of the group.</param>
    public static XmlDocumentation Load(Func<string, string> constant)
    {
        using Stream stream = typeof(XmlDocumentation).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"Kontinue.Api was built without {ResourceName}: see the target EmbedDocumentation of its project.");
        return new XmlDocumentation(XDocument.Load(stream, LoadOptions.PreserveWhitespace), constant);
    }

    /// <summary>What is said of a type; empty when nothing is.</summary>
    public string Of(Type type) => Text(Find($"T:{type.FullName}")?.Element("summary"));

    /// <summary>What is said of a property or an enum's value; a record's parameter counts for the property that it makes.</summary>
    public string Of(MemberInfo member)
    {
        string owner = member.DeclaringType!.FullName!;
        string prefix = member is PropertyInfo ? "P" : "F";
        XElement? parameter = Find($"T:{owner}")?.Elements("param")
            .FirstOrDefault(p => string.Equals((string?)p.Attribute("name"), member.Name, StringComparison.Ordinal));
        return Text(Find($"{prefix}:{owner}.{member.Name}")?.Element("summary") ?? parameter);
    }

    private XElement? Find(string id) => _members.GetValueOrDefault(id);

    private string Text(XElement? element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element?.Nodes() ?? [])
        {
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" or "seealso" } link => Link(link),
                XElement { Name.LocalName: "paramref" or "typeparamref" } reference => (string?)reference.Attribute("name"),
                XElement inner => Text(inner),
                _ => "",
            });
        }

        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>A link as the reader of JSON knows its target: fields begin with a small letter, constants are their value.</summary>
    private string? Link(XElement link)
    {
        if ((string?)link.Attribute("cref") is not { } target)
        {
            return link.IsEmpty ? (string?)link.Attribute("langword") ?? (string?)link.Attribute("href") : link.Value;
        }

        string path = target[2..].Split('(', '`')[0];
        string name = path[(path.LastIndexOf('.') + 1)..];
        return target[0] switch
        {
            'P' => JsonNamingPolicy.CamelCase.ConvertName(name),
            'F' when Constant(path[..^(name.Length + 1)], name) is { } value => _constant(value),
            _ => name,
        };
    }

    private static string? Constant(string type, string field) =>
        typeof(Kontinue.Resources.Execution).Assembly.GetType(type)?.GetField(field) is { IsLiteral: true, DeclaringType.IsEnum: false } constant
            ? constant.GetRawConstantValue() as string
            : null;

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Blanks();
}
