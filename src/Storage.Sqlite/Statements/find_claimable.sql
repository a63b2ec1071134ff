-- Owners are few and rows are many: the recursion hops from owner to owner in the index instead of reading all of it.
WITH RECURSIVE owners (owner) AS (
  SELECT min(owner) FROM executions WHERE wake_at IS NOT NULL
  UNION ALL
  SELECT (SELECT min(e.owner) FROM executions AS e WHERE e.wake_at IS NOT NULL AND e.owner > o.owner)
  FROM owners AS o WHERE o.owner IS NOT NULL),
alive AS MATERIALIZED (SELECT id FROM silos WHERE lease_until > ?5),
orphaned AS MATERIALIZED (SELECT owner FROM owners WHERE owner IS NOT NULL AND owner <> ?1 AND owner NOT IN (SELECT id FROM alive)),
found AS (
  SELECT * FROM (
    SELECT namespace, name, wake_at, NULL AS oldest FROM executions
    WHERE owner IS NULL AND wake_at <= ?3 AND phase < 4 AND NOT held AND function IN (SELECT value FROM json_each(?2))
    ORDER BY wake_at LIMIT ?4)
  UNION ALL
  SELECT * FROM (
    SELECT e.namespace, e.name, e.wake_at, NULL FROM orphaned CROSS JOIN executions AS e
    WHERE e.owner = orphaned.owner AND e.wake_at <= ?3 AND e.phase < 4 AND NOT e.held
      AND e.function IN (SELECT value FROM json_each(?2))
    ORDER BY e.wake_at LIMIT ?4)
  UNION ALL
  SELECT * FROM (
    SELECT m.namespace, m.name, NULL, min(m.id) AS oldest
    FROM messages AS m CROSS JOIN executions AS e
    WHERE e.namespace = m.namespace AND e.name = m.name AND e.uid = m.target_uid AND e.phase < 4 AND NOT e.held
      AND e.function IN (SELECT value FROM json_each(?2))
      AND (e.owner IS NULL OR e.owner = ?1 OR e.owner NOT IN (SELECT id FROM alive))
    GROUP BY m.namespace, m.name ORDER BY 4 LIMIT ?4))
SELECT namespace, name FROM found
GROUP BY namespace, name
ORDER BY min(wake_at) IS NULL, min(wake_at), min(oldest)
LIMIT ?4
