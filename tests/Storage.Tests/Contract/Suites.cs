using Kontinue.Storage.Tests.Backends;
using Xunit;
using Xunit.Abstractions;

namespace Kontinue.Storage.Tests.Contract;

public sealed class InMemoryCommit() : CommitContract(new InMemoryBackend());

public sealed class InMemoryGuard() : GuardContract(new InMemoryBackend());

public sealed class InMemoryRefusal() : RefusalContract(new InMemoryBackend());

public sealed class InMemoryClaim() : ClaimContract(new InMemoryBackend());

public sealed class InMemoryWakeUp() : WakeUpContract(new InMemoryBackend());

public sealed class InMemoryRead() : ReadContract(new InMemoryBackend());

public sealed class InMemoryList() : ListContract(new InMemoryBackend());

public sealed class InMemorySettings() : SettingsContract(new InMemoryBackend());

public sealed class InMemoryDeletion() : DeletionContract(new InMemoryBackend());

public sealed class InMemoryArchive() : ArchiveContract(new InMemoryBackend());

public sealed class InMemoryDeletionConcurrency(ITestOutputHelper output) : DeletionConcurrencyContract(new InMemoryBackend(), output);

public sealed class InMemorySemaphore() : SemaphoreContract(new InMemoryBackend());

public sealed class InMemorySilo() : SiloContract(new InMemoryBackend());

public sealed class InMemorySemaphoreConcurrency(ITestOutputHelper output) : SemaphoreConcurrencyContract(new InMemoryBackend(), output);

public sealed class InMemoryConcurrency(ITestOutputHelper output) : ConcurrencyContract(new InMemoryBackend(), output);

public sealed class SqliteCommit() : CommitContract(new SqliteBackend());

public sealed class SqliteGuard() : GuardContract(new SqliteBackend());

public sealed class SqliteRefusal() : RefusalContract(new SqliteBackend());

public sealed class SqliteClaim() : ClaimContract(new SqliteBackend());

public sealed class SqliteWakeUp() : WakeUpContract(new SqliteBackend());

public sealed class SqliteRead() : ReadContract(new SqliteBackend());

public sealed class SqliteList() : ListContract(new SqliteBackend());

public sealed class SqliteSettings() : SettingsContract(new SqliteBackend());

public sealed class SqliteDeletion() : DeletionContract(new SqliteBackend());

public sealed class SqliteArchive() : ArchiveContract(new SqliteBackend());

public sealed class SqliteDeletionConcurrency(ITestOutputHelper output) : DeletionConcurrencyContract(new SqliteBackend(), output);

public sealed class SqliteSemaphore() : SemaphoreContract(new SqliteBackend());

public sealed class SqliteSilo() : SiloContract(new SqliteBackend());

public sealed class SqliteSemaphoreConcurrency(ITestOutputHelper output) : SemaphoreConcurrencyContract(new SqliteBackend(), output);

public sealed class SqliteConcurrency(ITestOutputHelper output) : ConcurrencyContract(new SqliteBackend(), output);

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlCommit(PostgreSqlServer server) : CommitContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlGuard(PostgreSqlServer server) : GuardContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlRefusal(PostgreSqlServer server) : RefusalContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlClaim(PostgreSqlServer server) : ClaimContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlWakeUp(PostgreSqlServer server) : WakeUpContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlRead(PostgreSqlServer server) : ReadContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlList(PostgreSqlServer server) : ListContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSettings(PostgreSqlServer server) : SettingsContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlDeletion(PostgreSqlServer server) : DeletionContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlArchive(PostgreSqlServer server) : ArchiveContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlDeletionConcurrency(PostgreSqlServer server, ITestOutputHelper output)
    : DeletionConcurrencyContract(new PostgreSqlBackend(server), output);

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlConcurrency(PostgreSqlServer server, ITestOutputHelper output)
    : ConcurrencyContract(new PostgreSqlBackend(server), output);

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSemaphore(PostgreSqlServer server) : SemaphoreContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSilo(PostgreSqlServer server) : SiloContract(new PostgreSqlBackend(server));

[Collection(PostgreSqlServer.Collection)]
public sealed class PostgreSqlSemaphoreConcurrency(PostgreSqlServer server, ITestOutputHelper output)
    : SemaphoreConcurrencyContract(new PostgreSqlBackend(server), output);
