ALTER TABLE executions
  ADD COLUMN generation bigint NOT NULL DEFAULT 1,
  -- In microseconds: an interval of days would follow the session's daylight saving.
  ADD COLUMN delete_after bigint,
  ADD COLUMN delete_at timestamptz,
  ADD COLUMN settings bytea;

-- Each serves the lists of one filter, in the order of the list. Most executions are completed, and nobody lists those by phase.
CREATE INDEX executions_phase ON executions (phase, namespace, name) WHERE phase <> 4::smallint;
CREATE INDEX executions_function ON executions (function, namespace, name);
CREATE INDEX executions_parent ON executions (parent_uid, namespace, name) WHERE parent_uid IS NOT NULL;
CREATE INDEX executions_delete_at ON executions (delete_at) WHERE delete_at IS NOT NULL;
-- A short list of entries still to be sorted in keeps both short: the commit that has to empty it, and the read that has to look through it.
CREATE INDEX executions_labels ON executions USING gin (labels jsonb_path_ops) WITH (gin_pending_list_limit = 256) WHERE labels IS NOT NULL;

-- What is left of deleted executions for those who follow the changes.
CREATE TABLE deletions (
  version bigint NOT NULL,
  generation bigint NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  deleted_at timestamptz NOT NULL,
  uid uuid NOT NULL,
  parent_uid uuid,
  phase smallint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  function text COLLATE "C" NOT NULL,
  labels jsonb,
  PRIMARY KEY (version, uid)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 1);

-- The highest version of a deletion that was forgotten: who has read less far has missed something.
ALTER TABLE meta ADD COLUMN pruned_version bigint NOT NULL DEFAULT 0;

-- The time of deletion that follows from an end: DeletionRules.AfterEnd. Short enough for the planner to put it in place of its call.
CREATE FUNCTION kontinue_delete_at(finished_at timestamptz, delete_after bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN finished_at IS NOT NULL AND delete_after IS NOT NULL THEN
    LEAST(finished_at + delete_after * interval '1 microsecond', timestamptz '9999-12-31 23:59:59.999999+00') END
$$;
