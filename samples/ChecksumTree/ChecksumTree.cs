using Kontinue.Engine.Hosting;

namespace Kontinue.Samples.Checksums;

/// <summary>
/// Writes the SHA-256 sums of all files below a folder into a manifest that <c>sha256sum -c</c> accepts. Each file is hashed in an
/// execution of its own, so that a crash repeats only the files that were being hashed.
/// </summary>
/// <remarks>
/// <c>checksum-tree</c> → one <c>checksum-batch</c> after the other → up to <c>parallelism</c> <c>checksum-file</c> at once. The batches keep
/// journals short: 20,000 files are 100 entries for the tree and 200 for each batch.
/// </remarks>
public static class ChecksumTree
{
    private static readonly StepOptions PatientReading = new()
    {
        Retry = RetryPolicy.Exponential(maxAttempts: 3, first: TimeSpan.FromMilliseconds(200)),
    };

    /// <summary>Registers the three functions.</summary>
    public static KontinueBuilder Register(KontinueBuilder builder) => builder
        .AddFunction<TreeArguments, TreeResult>("checksum-tree", TreeAsync, f => f.Description = "Writes a folder's SHA-256 manifest")
        .AddFunction<BatchArguments, string[]>("checksum-batch", BatchAsync, f => f.Description = "Hashes one batch of files; part of checksum-tree")
        .AddFunction<FileArguments, string>("checksum-file", FileAsync, f => f.Description = "Hashes one file; part of checksum-tree");

    private static async Task<TreeResult> TreeAsync(KontinueContext ktx, TreeArguments args)
    {
        // In a step, because a relative path depends on where the server was started.
        TreeArguments full = await ktx.Step("check", args.Checked);
        string workFile = $"{full.Manifest}.{ktx.Execution.Uid:N}.files";
        Listing listing = await ktx.Step("list", () => WorkFile.Write(workFile, TreeListing.Find(full.Path, [full.Manifest, full.Log])), PatientReading);

        var hashes = new List<string>(listing.Files);
        foreach (Batch batch in listing.Batches)
        {
            hashes.AddRange(await ktx.Execute<string[]>(
                "checksum-batch", new BatchArguments { WorkFile = workFile, Batch = batch, Log = full.Log, Parallelism = full.Parallelism }));
        }

        await ktx.Step("write-manifest", () => Manifest.Write(full.Manifest, WorkFile.ReadAll(workFile, listing), hashes));

        // A step of its own: were it part of the one before, a crash in between would leave that one without its input.
        await ktx.Step("clean-up", () => File.Delete(workFile));
        return new TreeResult(listing.Files, full.Manifest);
    }

    private static async Task<string[]> BatchAsync(KontinueContext ktx, BatchArguments args)
    {
        string[] files = await ktx.Step("read-names", () => WorkFile.Read(args.WorkFile, args.Batch), PatientReading);
        var hashes = new Task<string>[files.Length];
        var inFlight = new List<Task<string>>(args.Parallelism);
        for (int i = 0; i < files.Length; i++)
        {
            if (inFlight.Count == args.Parallelism)
            {
                // The same child comes first on every replay, so this loop starts the same children in the same order.
                Task<string> first = await Task.WhenAny(inFlight);
                inFlight.Remove(first);
                await first;
            }

            hashes[i] = ktx.Execute<string>("checksum-file", new FileArguments { Path = files[i], Log = args.Log });
            inFlight.Add(hashes[i]);
        }

        return await Task.WhenAll(hashes);
    }

    private static Task<string> FileAsync(KontinueContext ktx, FileArguments args) => ktx.Step(
        "hash",
        async ct =>
        {
            string hash = await FileHash.ComputeAsync(args.Path, ct);
            AppendLog.Write(args.Log, Manifest.Escape(args.Path, out _));
            return hash;
        },
        PatientReading);
}
