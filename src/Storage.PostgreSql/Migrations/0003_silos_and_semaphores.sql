ALTER TABLE executions
  ADD COLUMN worker_group text COLLATE "C",
  -- NULL when there are none, which takes no room.
  ADD COLUMN semaphores text[] COLLATE "C",
  ADD COLUMN awaited_semaphore text COLLATE "C",
  -- In microseconds, as delete_after.
  ADD COLUMN archive_after bigint,
  ADD COLUMN archive_at timestamptz;

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

-- Permits that are held. They come and go as messages do, and are counted: dead entries must not pile up between those that are left.
CREATE TABLE permits (
  uid uuid NOT NULL,
  semaphore text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (semaphore, uid)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

ALTER TABLE silos
  ADD COLUMN worker_group text COLLATE "C" NOT NULL DEFAULT 'default',
  ADD COLUMN version text NOT NULL DEFAULT '',
  ADD COLUMN started_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN capacity integer NOT NULL DEFAULT 0,
  ADD COLUMN executing integer NOT NULL DEFAULT 0,
  ADD COLUMN resident integer NOT NULL DEFAULT 0,
  ADD COLUMN steps integer NOT NULL DEFAULT 0,
  ADD COLUMN stopped boolean NOT NULL DEFAULT false;

-- A few rows, each rewritten every few seconds, of which no index has a column that changes: with room in the page, all of that stays in
-- the page and cleans up after itself.
ALTER TABLE silos SET (
  fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE silo_functions (
  silo uuid NOT NULL REFERENCES silos (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  definition bytea NOT NULL,
  PRIMARY KEY (silo, name)
);

-- The order in which messages were stored, which their ids do not tell: those of two silos are made by two clocks.
ALTER TABLE messages ADD COLUMN position bigint NOT NULL GENERATED ALWAYS AS IDENTITY;
