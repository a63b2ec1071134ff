namespace Kontinue.Testing.PostgreSql;

/// <summary>Where a server's programs lie on this machine.</summary>
internal static class PostgresPrograms
{
    private const int MinimumVersion = 15;

    /// <summary>The folder with <c>initdb</c> and <c>pg_ctl</c>: from the PATH, else the newest of Debian's folders.</summary>
    public static string? Find(out string reason)
    {
        reason = "";
        IEnumerable<string> onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        IEnumerable<string> packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(folder => Path.Combine(folder, "bin"))
            : [];
        List<string> tooOld = [];
        foreach (string folder in onPath.Concat(packaged).Where(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "pg_ctl"))))
        {
            // "initdb (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)"
            string answer = Programs.Run(Path.Combine(folder, "initdb"), ["--version"]);
            string number = new([.. answer.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
            if (int.TryParse(number, out int version) && version >= MinimumVersion)
            {
                return folder;
            }

            tooOld.Add($"{folder}: {answer.Trim()}");
        }

        reason = tooOld.Count == 0
            ? "No PostgreSQL server is installed: initdb and pg_ctl are neither on the PATH nor under /usr/lib/postgresql."
            : $"The PostgreSQL servers installed are older than {MinimumVersion}: {string.Join("; ", tooOld)}.";
        return null;
    }

    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0;
}
