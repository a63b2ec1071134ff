-- The same as update_rows for a set of one, which is what an execution that runs alone commits: taking the arrays apart as a table
-- costs several times the update itself. For the same reason kontinue_version() is written out here and in insert_row.
WITH updated AS (
  UPDATE executions AS e SET
    phase = ($4::smallint[])[1],
    held = ($5::boolean[])[1],
    revision = ($7::bigint[])[1],
    journal_sequence = ($8::bigint[])[1],
    wake_at = ($9::timestamptz[])[1],
    finished_at = ($10::timestamptz[])[1],
    owner = CASE WHEN ($11::boolean[])[1] THEN NULL ELSE e.owner END,
    spec = CASE WHEN length(($12::bytea[])[1]) = 0 THEN e.spec ELSE ($12::bytea[])[1] END,
    status = ($13::bytea[])[1],
    delete_at = CASE
      WHEN e.phase >= 4 AND ($4::smallint[])[1] < 4 THEN NULL
      WHEN e.phase < 4 AND ($4::smallint[])[1] >= 4 THEN
        coalesce(e.delete_at, kontinue_delete_at(($10::timestamptz[])[1], e.delete_after))
      ELSE e.delete_at END,
    archive_at = CASE
      WHEN e.phase >= 4 AND ($4::smallint[])[1] < 4 THEN NULL
      WHEN e.phase < 4 AND ($4::smallint[])[1] >= 4 AND e.parent_uid IS NULL THEN
        kontinue_delete_at(($10::timestamptz[])[1], e.archive_after)
      ELSE e.archive_at END,
    awaited_semaphore = CASE
      WHEN ($4::smallint[])[1] >= 4 THEN NULL
      WHEN e.phase >= 4 THEN e.semaphores[1]
      ELSE e.awaited_semaphore END,
    resource_version = (SELECT pg_current_xact_id()::text::bigint + version_offset FROM meta WHERE id = 1)
  WHERE e.namespace = ($1::text[])[1] AND e.name = ($2::text[])[1]
    AND e.uid = ($3::uuid[])[1] AND e.epoch = ($6::bigint[])[1] AND e.revision = ($7::bigint[])[1] - 1
  RETURNING 1)
SELECT kontinue_require_rows((SELECT count(*) FROM updated), $14)
