namespace Kontinue.Api.Responses;

/// <summary>The reasons of causes, by Kubernetes' names where it has one.</summary>
internal static class CauseReason
{
    public const string Invalid = "FieldValueInvalid";
    public const string Required = "FieldValueRequired";
    public const string Unknown = "FieldUnknown";
    public const string Duplicate = "FieldValueDuplicate";
    public const string WrongType = "FieldValueTypeInvalid";
}
