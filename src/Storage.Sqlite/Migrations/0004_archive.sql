-- Trees of ended executions, compressed. A tree's pieces are those of its piece_set.
CREATE TABLE archives (
  uid BLOB PRIMARY KEY,
  piece_set BLOB NOT NULL,
  pieces INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  version INTEGER NOT NULL,
  resource_version INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  function TEXT NOT NULL,
  phase INTEGER NOT NULL,
  labels TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  archived_at INTEGER NOT NULL,
  delete_at INTEGER,
  executions INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX archives_name ON archives (namespace, name, uid);
CREATE INDEX archives_delete_at ON archives (delete_at) WHERE delete_at IS NOT NULL;

CREATE TABLE archive_pieces (
  piece_set BLOB NOT NULL,
  number INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (piece_set, number)
);

-- The sets that are being written. One is here until its tree is in archives; what a crash has left here is deleted after a day.
CREATE TABLE archive_writes (
  piece_set BLOB PRIMARY KEY,
  begun_at INTEGER NOT NULL
) WITHOUT ROWID;
