using System.Text;

namespace Kontinue.Samples.Checksums;

/// <summary>The manifest, in the format of <c>sha256sum</c>.</summary>
internal static class Manifest
{
    /// <summary>Writes a manifest, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<string> files, IReadOnlyList<string> hashes)
    {
        if (files.Count != hashes.Count)
        {
            throw new NonRetryableException($"There are {files.Count} names but {hashes.Count} hashes.");
        }

        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
            for (int i = 0; i < files.Count; i++)
            {
                writer.WriteLine(Line(files[i], hashes[i]));
            }
        });
    }

    /// <summary>One line, without its end.</summary>
    internal static string Line(string file, string hash)
    {
        string name = Escape(file, out bool escaped);
        return $"{(escaped ? "\\" : "")}{hash}  {name}";
    }

    /// <summary>
    /// Escapes a name as <c>sha256sum</c> does (GNU coreutils manual, "md5sum invocation"): backslash, newline and carriage return; the
    /// line then begins with a backslash.
    /// </summary>
    internal static string Escape(string file, out bool escaped)
    {
        escaped = file.AsSpan().ContainsAny('\\', '\n', '\r');
        return !escaped ? file : file
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal);
    }
}
