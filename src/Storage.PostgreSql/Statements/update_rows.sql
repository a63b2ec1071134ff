-- The times of deletion and of archiving follow DeletionRules.OnUpdate and ArchiveRules.OnUpdate.
WITH updated AS (
  UPDATE executions AS e SET
    phase = new.phase,
    held = new.held,
    revision = new.revision,
    journal_sequence = new.journal_sequence,
    wake_at = new.wake_at,
    finished_at = new.finished_at,
    owner = CASE WHEN new.releases_owner THEN NULL ELSE e.owner END,
    spec = CASE WHEN length(new.spec) = 0 THEN e.spec ELSE new.spec END,
    status = new.status,
    delete_at = CASE
      WHEN e.phase >= 4 AND new.phase < 4 THEN NULL
      WHEN e.phase < 4 AND new.phase >= 4 THEN coalesce(e.delete_at, kontinue_delete_at(new.finished_at, e.delete_after))
      ELSE e.delete_at END,
    archive_at = CASE
      WHEN e.phase >= 4 AND new.phase < 4 THEN NULL
      WHEN e.phase < 4 AND new.phase >= 4 AND e.parent_uid IS NULL THEN kontinue_delete_at(new.finished_at, e.archive_after)
      ELSE e.archive_at END,
    awaited_semaphore = CASE WHEN new.phase >= 4 THEN NULL WHEN e.phase >= 4 THEN e.semaphores[1] ELSE e.awaited_semaphore END,
    resource_version = (SELECT kontinue_version())
  FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::smallint[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::timestamptz[], $10::timestamptz[], $11::boolean[], $12::bytea[], $13::bytea[]) AS new (
    namespace, name, uid, phase, held, epoch, revision, journal_sequence,
    wake_at, finished_at, releases_owner, spec, status)
  WHERE e.namespace = new.namespace AND e.name = new.name
    AND e.uid = new.uid AND e.epoch = new.epoch AND e.revision = new.revision - 1
  RETURNING 1)
SELECT kontinue_require_rows((SELECT count(*) FROM updated), $14)
