-- Trees of ended executions, compressed. A tree's pieces are those of its piece_set.
CREATE TABLE archives (
  uid uuid PRIMARY KEY,
  piece_set uuid NOT NULL,
  version bigint NOT NULL,
  resource_version bigint NOT NULL,
  bytes bigint NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  archived_at timestamptz NOT NULL,
  delete_at timestamptz,
  executions integer NOT NULL,
  pieces integer NOT NULL,
  phase smallint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  function text COLLATE "C" NOT NULL,
  labels jsonb
);
CREATE INDEX archives_name ON archives (namespace, name, uid);
CREATE INDEX archives_version ON archives (version);
CREATE INDEX archives_delete_at ON archives (delete_at) WHERE delete_at IS NOT NULL;

CREATE TABLE archive_pieces (
  piece_set uuid NOT NULL,
  number integer NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (piece_set, number)
);
-- Compressed already: trying again would only take time.
ALTER TABLE archive_pieces ALTER COLUMN data SET STORAGE EXTERNAL;

-- The sets that are being written. One is here until its tree is in archives; what a crash has left here is deleted after a day.
CREATE TABLE archive_writes (
  piece_set uuid PRIMARY KEY,
  begun_at timestamptz NOT NULL
);
CREATE INDEX archive_writes_begun_at ON archive_writes (begun_at);
