using System.Security.Cryptography;
using System.Text;

namespace Kontinue.Samples.Checksums;

/// <summary>A part of a work file.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Files">How many names it has.</param>
/// <param name="Sha256">Its hash: so that a changed work file is noticed.</param>
public sealed record Batch(long Offset, int Length, int Files, string Sha256);

/// <summary>What a work file contains.</summary>
/// <param name="Files">How many names.</param>
/// <param name="Batches">In which parts.</param>
public sealed record Listing(int Files, IReadOnlyList<Batch> Batches);

/// <summary>
/// The names of all files, each ended by a NUL character. The journal has only where the batches are: the names of a large tree would
/// not fit into one of its values.
/// </summary>
internal static class WorkFile
{
    private const int MaxFilesPerBatch = 200;

    /// <summary>Keeps a batch's names, even with every character escaped, well below a journal value's limit of 1 MiB.</summary>
    private const int MaxBytesPerBatch = 128 * 1024;

    /// <summary>Writes the names. When this returns they are on the disk.</summary>
    public static Listing Write(string path, IReadOnlyList<string> files)
    {
        var batches = new List<Batch>();
        AtomicFile.Write(path, stream =>
        {
            using var batch = new MemoryStream();
            int count = 0;
            long offset = 0;
            foreach (string file in files)
            {
                byte[] name = Encoding.UTF8.GetBytes(file + '\0');
                if (count == MaxFilesPerBatch || (count > 0 && batch.Length + name.Length > MaxBytesPerBatch))
                {
                    Flush();
                }

                batch.Write(name);
                count++;
            }

            Flush();

            void Flush()
            {
                if (count == 0)
                {
                    return;
                }

                ReadOnlySpan<byte> bytes = batch.GetBuffer().AsSpan(0, (int)batch.Length);
                stream.Write(bytes);
                batches.Add(new Batch(offset, bytes.Length, count, Hash(bytes)));
                offset += bytes.Length;
                count = 0;
                batch.SetLength(0);
            }
        });
        return new Listing(files.Count, batches);
    }

    /// <summary>Reads the names of a batch.</summary>
    /// <exception cref="NonRetryableException">The work file is gone or was changed.</exception>
    public static string[] Read(string path, Batch batch)
    {
        byte[] bytes = new byte[batch.Length];
        try
        {
            using FileStream stream = File.OpenRead(path);
            stream.Position = batch.Offset;
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException)
        {
            throw new NonRetryableException($"The work file '{path}' was removed or cut while it was needed.", e);
        }

        if (!string.Equals(Hash(bytes), batch.Sha256, StringComparison.Ordinal))
        {
            throw new NonRetryableException($"The work file '{path}' was changed while it was needed.");
        }

        return Encoding.UTF8.GetString(bytes).Split('\0')[..^1];
    }

    /// <summary>Reads all names.</summary>
    public static IReadOnlyList<string> ReadAll(string path, Listing listing) => [.. listing.Batches.SelectMany(b => Read(path, b))];

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
