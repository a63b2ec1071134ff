namespace Kontinue.Samples.Checksums;

/// <summary>The arguments of <c>checksum-tree</c>.</summary>
public sealed record TreeArguments
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>The file to write. Its folder must exist.</summary>
    public required string Manifest { get; init; }

    /// <summary>Gets one line per file hashed: its path. Its folder must exist.</summary>
    public required string Log { get; init; }

    /// <summary>Files hashed at once: 1 to 256. Default 8.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>The same with full paths; throws if a value cannot be used.</summary>
    internal TreeArguments Checked()
    {
        if (string.IsNullOrEmpty(Path) || string.IsNullOrEmpty(Manifest) || string.IsNullOrEmpty(Log))
        {
            throw new NonRetryableException("path, manifest and log must not be empty.");
        }

        return Parallelism is >= 1 and <= 256
            ? this with { Path = Full(Path), Manifest = Full(Manifest), Log = Full(Log) }
            : throw new NonRetryableException($"parallelism must be from 1 to 256, not {Parallelism}.");
    }

    private static string Full(string path) => path.Contains('\0', StringComparison.Ordinal)
        ? throw new NonRetryableException("A path must not contain a NUL character.")
        : System.IO.Path.GetFullPath(path);
}

/// <summary>The result of <c>checksum-tree</c>.</summary>
/// <param name="Files">How many files there were.</param>
/// <param name="Manifest">Where their sums are.</param>
public sealed record TreeResult(int Files, string Manifest);

/// <summary>The arguments of <c>checksum-batch</c>.</summary>
public sealed record BatchArguments
{
    /// <summary>Where the names are.</summary>
    public required string WorkFile { get; init; }

    /// <summary>Which of them.</summary>
    public required Batch Batch { get; init; }

    /// <summary>As for the tree.</summary>
    public required string Log { get; init; }

    /// <summary>As for the tree.</summary>
    public required int Parallelism { get; init; }
}

/// <summary>The arguments of <c>checksum-file</c>.</summary>
public sealed record FileArguments
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>As for the tree.</summary>
    public required string Log { get; init; }
}
