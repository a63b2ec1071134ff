ALTER TABLE executions ADD COLUMN settings BLOB;
ALTER TABLE executions ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
-- In microseconds.
ALTER TABLE executions ADD COLUMN delete_after INTEGER;
ALTER TABLE executions ADD COLUMN delete_at INTEGER;

-- Each serves the lists of one filter, in the order of the list. Most executions are completed, and nobody lists those by phase.
CREATE INDEX executions_phase ON executions (phase, namespace, name) WHERE phase <> 4;
CREATE INDEX executions_function ON executions (function, namespace, name);
CREATE INDEX executions_parent ON executions (parent_uid, namespace, name) WHERE parent_uid IS NOT NULL;
CREATE INDEX executions_delete_at ON executions (delete_at) WHERE delete_at IS NOT NULL;

-- What is left of deleted executions for those who follow the changes.
CREATE TABLE deletions (
  version INTEGER NOT NULL,
  uid BLOB NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  function TEXT NOT NULL,
  phase INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  parent_uid BLOB,
  labels TEXT,
  generation INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (version, uid)
) WITHOUT ROWID;

-- The highest version of a deletion that was forgotten: who has read less far has missed something.
ALTER TABLE meta ADD COLUMN pruned_version INTEGER NOT NULL DEFAULT 0;
