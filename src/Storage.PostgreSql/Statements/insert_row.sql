-- The same as insert_rows for a set of one; see update_row.
INSERT INTO executions (
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, settings, delete_after, delete_at,
  worker_group, semaphores, awaited_semaphore, archive_after, archive_at, resource_version)
VALUES (
  ($1::text[])[1], ($2::text[])[1], ($3::uuid[])[1], ($4::text[])[1], ($5::smallint[])[1], ($6::boolean[])[1], ($7::uuid[])[1],
  ($8::bigint[])[1], ($9::bigint[])[1], ($10::bigint[])[1], ($11::timestamptz[])[1], ($12::timestamptz[])[1], ($13::timestamptz[])[1],
  ($14::uuid[])[1], ($15::text[])[1]::jsonb, ($16::bytea[])[1], ($17::bytea[])[1],
  nullif(($18::bytea[])[1], ''), ($19::bigint[])[1],
  CASE WHEN ($5::smallint[])[1] >= 4 THEN kontinue_delete_at(($13::timestamptz[])[1], ($19::bigint[])[1]) END,
  ($20::text[])[1], ($21::text[])[1]::text[], CASE WHEN ($5::smallint[])[1] < 4 THEN (($21::text[])[1]::text[])[1] END, ($22::bigint[])[1],
  CASE WHEN ($5::smallint[])[1] >= 4 AND ($14::uuid[])[1] IS NULL THEN
    kontinue_delete_at(($13::timestamptz[])[1], ($22::bigint[])[1]) END,
  (SELECT pg_current_xact_id()::text::bigint + version_offset FROM meta WHERE id = 1))
