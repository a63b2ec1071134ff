WITH free AS MATERIALIZED (
  SELECT e.namespace, e.name
  FROM unnest($2::text[], $3::text[]) AS wanted (namespace, name)
  JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
  WHERE e.phase < 4 AND NOT e.held
    AND (e.owner IS NULL OR e.owner = $1
      OR NOT EXISTS (SELECT FROM silos AS s WHERE s.id = e.owner AND s.lease_until > clock_timestamp()))
    AND EXISTS (SELECT FROM silos AS s WHERE s.id = $1 AND s.lease_until > clock_timestamp())
    AND (e.worker_group IS NULL OR e.worker_group = (SELECT worker_group FROM silos WHERE id = $1))
    AND (e.awaited_semaphore IS NULL
      OR EXISTS (SELECT FROM messages AS m WHERE m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid))
  FOR UPDATE OF e SKIP LOCKED)
UPDATE executions AS e SET owner = $1, epoch = e.epoch + 1, resource_version = (SELECT kontinue_version())
FROM free WHERE e.namespace = free.namespace AND e.name = free.name
RETURNING e.uid, e.epoch
