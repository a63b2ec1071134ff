-- A name that is taken fails the whole batch with a unique violation; the careful path then tells the units apart.
-- The times of deletion and of archiving follow DeletionRules.OnInsert and ArchiveRules.OnInsert. Semaphores come as the text of an array.
INSERT INTO executions (
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, settings, delete_after, delete_at,
  worker_group, semaphores, awaited_semaphore, archive_after, archive_at, resource_version)
SELECT
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels::jsonb, spec, status,
  nullif(settings, ''), delete_after, CASE WHEN phase >= 4 THEN kontinue_delete_at(finished_at, delete_after) END,
  worker_group, semaphores::text[], CASE WHEN phase < 4 THEN (semaphores::text[])[1] END, archive_after,
  CASE WHEN phase >= 4 AND parent_uid IS NULL THEN kontinue_delete_at(finished_at, archive_after) END, (SELECT kontinue_version())
FROM unnest(
  $1::text[], $2::text[], $3::uuid[], $4::text[], $5::smallint[], $6::boolean[], $7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[],
  $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::text[], $16::bytea[], $17::bytea[],
  $18::bytea[], $19::bigint[], $20::text[], $21::text[], $22::bigint[]) AS new (
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, settings, delete_after,
  worker_group, semaphores, archive_after)
