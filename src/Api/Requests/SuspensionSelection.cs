using Kontinue.Resources;
using Microsoft.AspNetCore.Http;

namespace Kontinue.Api.Requests;

/// <summary>Which suspensions a list or a watch asks for, in terms of the executions that they belong to.</summary>
internal static class SuspensionSelection
{
    /// <summary>Reads a request for suspensions. A name stands for its execution, of which one suspension is then picked.</summary>
    public static CollectionRequest Read(HttpRequest request)
    {
        CollectionRequest asked = CollectionReader.Read(request, Selectors.SuspensionFields);
        return asked.Fields.Name is { } name
            ? asked with { Selector = asked.Selector with { Name = SuspensionName.ExecutionOf(name) ?? name } }
            : asked;
    }

    /// <summary>Whether a suspension of a selected execution is itself selected.</summary>
    public static bool Selects(CollectionRequest request, Suspension suspension) =>
        request.Fields.Name is not { } name || string.Equals(name, suspension.Metadata.Name, StringComparison.Ordinal);
}
