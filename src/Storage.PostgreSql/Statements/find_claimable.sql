-- Owners are few and rows are many: the recursion hops from owner to owner in the index instead of reading all of it. What other silos
-- can run is not read, however much it is: the indexes tell it apart by function and group, and by owner and group. So at most the limit
-- is read for each function of the silo, with its group and without one. Two things are passed over one by one: rows of functions that
-- the silo has not, if a dead silo owns them and had others that it has; and those that sleep without an owner or with a dead one and are
-- due within the time that new ones may be claimed ahead.
WITH RECURSIVE owners (owner) AS (
  (SELECT owner FROM executions
   WHERE wake_at IS NOT NULL AND awaited_semaphore IS NULL AND owner IS NOT NULL ORDER BY owner LIMIT 1)
  UNION ALL
  SELECT (
    SELECT e.owner FROM executions AS e
    WHERE e.wake_at IS NOT NULL AND e.awaited_semaphore IS NULL AND e.owner > o.owner ORDER BY e.owner LIMIT 1)
  FROM owners AS o WHERE o.owner IS NOT NULL),
me AS MATERIALIZED (SELECT worker_group FROM silos WHERE id = $1),
dead AS MATERIALIZED (
  SELECT owner FROM owners
  WHERE owner IS NOT NULL AND owner <> $1
    AND NOT EXISTS (SELECT FROM silos AS s WHERE s.id = owners.owner AND s.lease_until > clock_timestamp())
    AND (NOT EXISTS (SELECT FROM silo_functions AS f WHERE f.silo = owners.owner)
      OR EXISTS (SELECT FROM silo_functions AS f WHERE f.silo = owners.owner AND f.name = ANY($2::text[])))),
unowned_due AS (
  SELECT due.* FROM unnest($2::text[]) AS known (function) CROSS JOIN LATERAL (
    (SELECT e.namespace, e.name, e.wake_at FROM executions AS e
     WHERE e.function = known.function AND e.worker_group IS NULL AND e.wake_at <= $3 + $5
       AND e.owner IS NULL AND e.awaited_semaphore IS NULL AND (e.wake_at <= $3 OR e.phase = 0) AND e.phase < 4 AND NOT e.held
     ORDER BY e.function, e.worker_group, e.wake_at LIMIT $4)
    UNION ALL
    (SELECT e.namespace, e.name, e.wake_at FROM executions AS e
     WHERE e.function = known.function AND e.worker_group = (SELECT worker_group FROM me) AND e.wake_at <= $3 + $5
       AND e.owner IS NULL AND e.awaited_semaphore IS NULL AND (e.wake_at <= $3 OR e.phase = 0) AND e.phase < 4 AND NOT e.held
     ORDER BY e.function, e.worker_group, e.wake_at LIMIT $4)) AS due),
orphaned_due AS (
  SELECT due.* FROM dead CROSS JOIN LATERAL (
    (SELECT e.namespace, e.name, e.wake_at FROM executions AS e
     WHERE e.owner = dead.owner AND e.worker_group IS NULL AND e.wake_at <= $3 + $5
       AND e.awaited_semaphore IS NULL AND (e.wake_at <= $3 OR e.phase = 0) AND e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
     ORDER BY e.owner, e.worker_group, e.wake_at LIMIT $4)
    UNION ALL
    (SELECT e.namespace, e.name, e.wake_at FROM executions AS e
     WHERE e.owner = dead.owner AND e.worker_group = (SELECT worker_group FROM me) AND e.wake_at <= $3 + $5
       AND e.awaited_semaphore IS NULL AND (e.wake_at <= $3 OR e.phase = 0) AND e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
     ORDER BY e.owner, e.worker_group, e.wake_at LIMIT $4)) AS due),
told AS (
  SELECT m.namespace, m.name, min(m.id::text) AS oldest
  FROM messages AS m
  JOIN executions AS e ON e.namespace = m.namespace AND e.name = m.name AND e.uid = m.target_uid
  WHERE e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
    AND (e.worker_group IS NULL OR e.worker_group = (SELECT worker_group FROM me))
    AND (e.owner IS NULL OR e.owner = $1
      OR NOT EXISTS (SELECT FROM silos AS s WHERE s.id = e.owner AND s.lease_until > clock_timestamp()))
  GROUP BY m.namespace, m.name ORDER BY oldest LIMIT $4),
found AS (
  SELECT namespace, name, wake_at, NULL::text AS oldest FROM unowned_due
  UNION ALL SELECT namespace, name, wake_at, NULL FROM orphaned_due
  UNION ALL SELECT namespace, name, NULL, oldest FROM told)
SELECT namespace, name FROM found
GROUP BY namespace, name
ORDER BY min(wake_at) NULLS LAST, min(oldest)
LIMIT $4
