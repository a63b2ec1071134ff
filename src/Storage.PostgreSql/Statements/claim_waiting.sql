-- The claim of rows of which some may be let in; the locks of all semaphores in $4 are held. No deadlock comes of them: past this point
-- nothing here waits. Rows that others have locked are skipped, permits are only read and added, and whoever takes a permit away, a commit
-- or a deletion, has locked its row before. In turn nobody who holds a row's lock waits for the locks of semaphores, save such claims.
WITH free AS MATERIALIZED (
  SELECT e.namespace, e.name, e.uid, e.wake_at, e.semaphores, e.awaited_semaphore
  FROM unnest($2::text[], $3::text[]) AS wanted (namespace, name)
  JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
  WHERE e.phase < 4 AND NOT e.held
    AND (e.owner IS NULL OR e.owner = $1
      OR NOT EXISTS (SELECT FROM silos AS s WHERE s.id = e.owner AND s.lease_until > clock_timestamp()))
    AND EXISTS (SELECT FROM silos AS s WHERE s.id = $1 AND s.lease_until > clock_timestamp())
    AND (e.worker_group IS NULL OR e.worker_group = (SELECT worker_group FROM silos WHERE id = $1))
  FOR UPDATE OF e SKIP LOCKED),
stock AS MATERIALIZED (
  SELECT semaphore, permits - (SELECT count(*) FROM permits AS p WHERE p.semaphore = wanted.semaphore) AS remaining
  FROM unnest($4::text[], $5::integer[]) AS wanted (semaphore, permits)),
needs AS MATERIALIZED (
  SELECT f.uid, f.namespace, f.name, f.wake_at, n.semaphore, n.position, s.remaining,
    bool_and(coalesce(s.remaining > 0, false)) OVER (PARTITION BY f.uid) AS is_possible
  FROM free AS f
  CROSS JOIN LATERAL unnest(f.semaphores) WITH ORDINALITY AS n (semaphore, position)
  LEFT JOIN stock AS s ON s.semaphore = n.semaphore
  WHERE f.awaited_semaphore IS NOT NULL),
-- Ranks count those before it that have a chance, also when another semaphore keeps one of them out then. The first of all always gets in.
ranked AS MATERIALIZED (
  SELECT uid, remaining >= row_number() OVER (PARTITION BY semaphore ORDER BY wake_at, uid) AS fits FROM needs WHERE is_possible),
entered AS MATERIALIZED (
  SELECT uid FROM ranked GROUP BY uid HAVING bool_and(fits)),
taken AS MATERIALIZED (
  SELECT semaphore, count(*) AS permits FROM needs WHERE uid IN (SELECT uid FROM entered) GROUP BY semaphore),
lacking AS MATERIALIZED (
  SELECT n.uid, (array_agg(n.semaphore ORDER BY n.position))[1] AS semaphore
  FROM needs AS n LEFT JOIN taken AS t ON t.semaphore = n.semaphore
  WHERE n.uid NOT IN (SELECT uid FROM entered) AND n.remaining - coalesce(t.permits, 0) <= 0
  GROUP BY n.uid),
let_in AS (
  INSERT INTO permits (semaphore, uid, namespace, name)
  SELECT semaphore, uid, namespace, name FROM needs WHERE uid IN (SELECT uid FROM entered)
  ON CONFLICT DO NOTHING),
judged AS MATERIALIZED (
  SELECT
    f.namespace, f.name,
    CASE WHEN f.uid NOT IN (SELECT uid FROM entered) THEN coalesce(l.semaphore, f.awaited_semaphore) END AS awaits,
    f.awaited_semaphore IS NULL OR f.uid IN (SELECT uid FROM entered)
      OR EXISTS (SELECT FROM messages AS m WHERE m.namespace = f.namespace AND m.name = f.name AND m.target_uid = f.uid) AS is_claimed
  FROM free AS f LEFT JOIN lacking AS l ON l.uid = f.uid),
left_out AS (
  UPDATE executions AS e SET awaited_semaphore = j.awaits, resource_version = (SELECT kontinue_version())
  FROM judged AS j
  WHERE NOT j.is_claimed AND e.namespace = j.namespace AND e.name = j.name AND e.awaited_semaphore IS DISTINCT FROM j.awaits)
UPDATE executions AS e SET
  owner = $1, epoch = e.epoch + 1, awaited_semaphore = j.awaits, resource_version = (SELECT kontinue_version())
FROM judged AS j
WHERE j.is_claimed AND e.namespace = j.namespace AND e.name = j.name
RETURNING e.uid, e.epoch
