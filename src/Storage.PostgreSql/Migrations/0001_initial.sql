-- Versions are transaction ids. A database restored from a dump lives in another cluster, whose ids may be lower than the versions
-- stored; the offset lifts them above.
CREATE TABLE meta (
  id smallint PRIMARY KEY CHECK (id = 1),
  version_offset bigint NOT NULL
);
INSERT INTO meta VALUES (1, 0);

CREATE FUNCTION kontinue_version() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_current_xact_id()::text::bigint + version_offset FROM meta WHERE id = 1';

-- All versions below it belong to transactions that have ended: nothing will ever appear there.
CREATE FUNCTION kontinue_horizon() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + version_offset FROM meta WHERE id = 1';

-- Makes a batch that sees fewer rows than it must write fail as a whole.
CREATE FUNCTION kontinue_require_rows(actual bigint, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> expected THEN
    RAISE EXCEPTION 'wrote % of % rows', actual, expected USING ERRCODE = 'KTN01';
  END IF;
END
$$;

CREATE TABLE executions (
  epoch bigint NOT NULL,
  revision bigint NOT NULL,
  resource_version bigint NOT NULL,
  journal_sequence bigint NOT NULL,
  created_at timestamptz NOT NULL,
  wake_at timestamptz,
  finished_at timestamptz,
  uid uuid NOT NULL,
  owner uuid,
  parent_uid uuid,
  phase smallint NOT NULL,
  held boolean NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  function text COLLATE "C" NOT NULL,
  labels jsonb,
  spec bytea NOT NULL,
  status bytea NOT NULL,
  PRIMARY KEY (namespace, name)
) WITH (
  -- Rows are rewritten a few times while they run and never after. Each write changes an indexed column, so room in the page serves
  -- no in-page update; it only keeps the new version near the old one.
  fillfactor = 90,
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_insert_scale_factor = 0.2,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 1
);

CREATE INDEX executions_resource_version ON executions (resource_version);
CREATE INDEX executions_owner_wake_at ON executions (owner, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX executions_held ON executions (function) WHERE held;

CREATE TABLE journal (
  sequence bigint NOT NULL,
  uid uuid NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (uid, sequence)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);

-- Messages come and go: the table stays small only if it is vacuumed often.
CREATE TABLE messages (
  sent_at timestamptz NOT NULL,
  id uuid NOT NULL,
  target_uid uuid NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (namespace, name, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 1);

CREATE TABLE silos (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  lease_until timestamptz NOT NULL
);
