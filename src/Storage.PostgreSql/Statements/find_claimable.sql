-- Owners are few and rows are many: the recursion hops from owner to owner in the index instead of reading all of it.
WITH RECURSIVE owners (owner) AS (
  (SELECT owner FROM executions WHERE wake_at IS NOT NULL AND owner IS NOT NULL ORDER BY owner LIMIT 1)
  UNION ALL
  SELECT (SELECT e.owner FROM executions AS e WHERE e.wake_at IS NOT NULL AND e.owner > o.owner ORDER BY e.owner LIMIT 1)
  FROM owners AS o WHERE o.owner IS NOT NULL),
dead AS MATERIALIZED (
  SELECT owner FROM owners
  WHERE owner IS NOT NULL AND owner <> $1
    AND NOT EXISTS (SELECT FROM silos AS s WHERE s.id = owners.owner AND s.lease_until > clock_timestamp())),
unowned_due AS (
  SELECT namespace, name, wake_at FROM executions
  WHERE owner IS NULL AND wake_at <= $3 AND phase < 4 AND NOT held AND function = ANY($2::text[])
  ORDER BY wake_at LIMIT $4),
orphaned_due AS (
  SELECT due.* FROM dead CROSS JOIN LATERAL (
    SELECT e.namespace, e.name, e.wake_at FROM executions AS e
    WHERE e.owner = dead.owner AND e.wake_at <= $3 AND e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
    ORDER BY e.wake_at LIMIT $4) AS due),
told AS (
  SELECT m.namespace, m.name, min(m.id::text) AS oldest
  FROM messages AS m
  JOIN executions AS e ON e.namespace = m.namespace AND e.name = m.name AND e.uid = m.target_uid
  WHERE e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
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
