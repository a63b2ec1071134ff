using System.Text;

namespace Kontinue.Api.OpenApi;

/// <summary>
/// The OpenAPI 2 document as protobuf, without any content: a title, no paths, no definitions. kubectl asks for it when it meets a kind
/// that it does not find in version 3, such as a misspelled one, and without an answer it complains of the document and not of the kind.
/// </summary>
/// <remarks>The field numbers are those of <c>openapi.v2.Document</c> in gnostic's OpenAPIv2.proto.</remarks>
internal static class ProtobufOutline
{
    /// <summary>What it is answered as: unlike what is asked for, a media type by the rules.</summary>
    public const string MediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>What kubectl asks for.</summary>
    public const string AskedFor = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private const int SwaggerField = 1;
    private const int InfoField = 2;
    private const int PathsField = 8;
    private const int DefinitionsField = 9;
    private const int TitleField = 1;
    private const int VersionField = 2;

    /// <summary>Writes the document.</summary>
    public static byte[] Write(string title, string version) =>
    [
        .. Text(SwaggerField, "2.0"),
        .. Field(InfoField, [.. Text(TitleField, title), .. Text(VersionField, version)]),
        .. Field(PathsField, []),
        .. Field(DefinitionsField, []),
    ];

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A length-delimited field. Everything here is shorter than 128 bytes, so each number is one byte.</summary>
    private static byte[] Field(int field, byte[] content) => [(byte)((field << 3) | 2), checked((byte)content.Length), .. content];
}
