-- Without waiting: a row that others have locked is being claimed, changed or deleted, and the next call sees what came of it.
WITH mine AS MATERIALIZED (
  SELECT e.namespace, e.name
  FROM unnest($2::text[], $3::text[]) AS wanted (namespace, name)
  JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
  WHERE e.owner = $1 AND e.phase < 4 AND NOT e.held
    AND (e.wake_at <= $4
      OR EXISTS (SELECT FROM messages AS m WHERE m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid))
  FOR UPDATE OF e SKIP LOCKED)
UPDATE executions AS e SET owner = NULL, resource_version = (SELECT kontinue_version())
FROM mine WHERE e.namespace = mine.namespace AND e.name = mine.name
