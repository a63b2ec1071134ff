WITH gone AS (
  DELETE FROM executions AS e
  USING unnest($1::text[], $2::text[], $3::uuid[], $4::boolean[], $5::bigint[]) AS wanted (namespace, name, uid, force, max_version)
  WHERE e.namespace = wanted.namespace AND e.name = wanted.name AND e.uid = wanted.uid AND (wanted.force OR e.phase >= 4)
    AND e.resource_version <= wanted.max_version
  RETURNING e.namespace, e.name, e.uid, e.function, e.phase, e.created_at, e.finished_at, e.parent_uid, e.labels, e.generation,
    e.semaphores),
marked AS (
  INSERT INTO deletions (version, uid, namespace, name, function, phase, created_at, finished_at, parent_uid, labels, generation, deleted_at)
  SELECT
    (SELECT kontinue_version()), uid, namespace, name, function, phase, created_at, finished_at, parent_uid, labels, generation,
    clock_timestamp()
  FROM gone),
journals AS (
  DELETE FROM journal AS j USING gone WHERE j.uid = gone.uid),
freed AS (
  DELETE FROM permits AS p USING gone, unnest(gone.semaphores) AS held (semaphore)
  WHERE p.semaphore = held.semaphore AND p.uid = gone.uid),
inboxes AS (
  DELETE FROM messages AS m USING gone WHERE m.namespace = gone.namespace AND m.name = gone.name AND m.target_uid = gone.uid)
SELECT count(*)::int FROM gone
