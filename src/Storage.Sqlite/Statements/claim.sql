UPDATE executions AS e SET owner = ?1, epoch = epoch + 1, resource_version = ?4
WHERE e.namespace = ?2 AND e.name = ?3 AND e.phase < 4 AND NOT e.held
  AND (e.owner IS NULL OR e.owner = ?1 OR e.owner NOT IN (SELECT id FROM silos WHERE lease_until > ?5))
RETURNING
  namespace, name, uid, function, phase, held, owner, epoch, revision, journal_sequence,
  wake_at, created_at, finished_at, parent_uid, labels, spec, status, resource_version,
  settings, generation, delete_after, delete_at
