ALTER TABLE executions ADD COLUMN worker_group TEXT;
-- A JSON array; NULL when there are none.
ALTER TABLE executions ADD COLUMN semaphores TEXT;
ALTER TABLE executions ADD COLUMN awaited_semaphore TEXT;
-- In microseconds.
ALTER TABLE executions ADD COLUMN archive_after INTEGER;
ALTER TABLE executions ADD COLUMN archive_at INTEGER;

-- A row that is due or will be is in one of these three: with an owner, without one, or waiting to be let in. Each begins with what tells
-- a silo's own work from that of others, so that it need not read through theirs.
DROP INDEX executions_owner_wake_at;
CREATE INDEX executions_owner_wake_at ON executions (owner, worker_group, wake_at)
  WHERE owner IS NOT NULL AND wake_at IS NOT NULL AND awaited_semaphore IS NULL;
CREATE INDEX executions_unowned ON executions (function, worker_group, wake_at)
  WHERE owner IS NULL AND wake_at IS NOT NULL AND awaited_semaphore IS NULL;
CREATE INDEX executions_awaited ON executions (awaited_semaphore, worker_group, wake_at) WHERE awaited_semaphore IS NOT NULL;

-- With the uid, a page can begin behind a row.
DROP INDEX executions_delete_at;
CREATE INDEX executions_delete_at ON executions (delete_at, uid) WHERE delete_at IS NOT NULL;
CREATE INDEX executions_archive_at ON executions (archive_at, uid) WHERE archive_at IS NOT NULL;

-- Permits that are held.
CREATE TABLE permits (
  semaphore TEXT NOT NULL,
  uid BLOB NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (semaphore, uid)
) WITHOUT ROWID;

ALTER TABLE silos ADD COLUMN worker_group TEXT NOT NULL DEFAULT 'default';
ALTER TABLE silos ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE silos ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN renewed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN capacity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN executing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN resident INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE silos ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;

CREATE TABLE silo_functions (
  silo BLOB NOT NULL,
  name TEXT NOT NULL,
  definition BLOB NOT NULL,
  PRIMARY KEY (silo, name)
) WITHOUT ROWID;
