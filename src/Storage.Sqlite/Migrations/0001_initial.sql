-- Uuids are 16 bytes in network order, so that they sort as they were made. Times are microseconds since 1970. The text collation is
-- the default, BINARY: ordinal.

-- One writer at a time, so a counter does for versions.
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
);
INSERT INTO meta VALUES (1, 0);

CREATE TABLE executions (
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  uid BLOB NOT NULL,
  function TEXT NOT NULL,
  phase INTEGER NOT NULL,
  held INTEGER NOT NULL,
  owner BLOB,
  epoch INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  journal_sequence INTEGER NOT NULL,
  wake_at INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  parent_uid BLOB,
  labels TEXT,
  spec BLOB NOT NULL,
  status BLOB NOT NULL,
  resource_version INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
);

CREATE INDEX executions_resource_version ON executions (resource_version);
CREATE INDEX executions_owner_wake_at ON executions (owner, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX executions_held ON executions (function) WHERE held;

CREATE TABLE journal (
  uid BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (uid, sequence)
);

CREATE TABLE messages (
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  id BLOB NOT NULL,
  target_uid BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (namespace, name, id)
);

CREATE TABLE silos (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  lease_until INTEGER NOT NULL
);
