namespace Kontinue.Grains.Placement;

/// <summary>Something more that this silo says of itself.</summary>
/// <param name="Key">What it is; see <see cref="SiloCatalog"/>.</param>
/// <param name="Value">What is said.</param>
internal sealed record CardEntry(string Key, string Value);
