using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>What happens to fields that nobody knows, and to fields that are there twice. Kubernetes' words and default.</summary>
internal enum FieldValidation
{
    /// <summary>They are passed over, and the answer warns of each. The default.</summary>
    Warn = 0,

    /// <summary>The body is refused, naming all of them.</summary>
    Strict = 1,

    /// <summary>They are passed over.</summary>
    Ignore = 2,
}

/// <summary>Reads the <c>fieldValidation</c> parameter.</summary>
internal static class FieldValidationReader
{
    /// <exception cref="ApiException">400: it is none of the three words.</exception>
    public static FieldValidation From(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue("fieldValidation", out var values))
        {
            return FieldValidation.Warn;
        }

        return values.ToString() switch
        {
            "" or nameof(FieldValidation.Warn) => FieldValidation.Warn,
            nameof(FieldValidation.Strict) => FieldValidation.Strict,
            nameof(FieldValidation.Ignore) => FieldValidation.Ignore,
            var text => throw QueryReader.Bad("fieldValidation", $"'{text}' is not one of Ignore, Warn, Strict."),
        };
    }
}
