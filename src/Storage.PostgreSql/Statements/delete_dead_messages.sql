WITH dead AS MATERIALIZED (
  SELECT m.namespace, m.name, m.id FROM messages AS m
  LEFT JOIN executions AS e ON e.namespace = m.namespace AND e.name = m.name AND e.uid = m.target_uid
  WHERE m.sent_at < $1 AND (e.uid IS NULL OR e.phase >= 4)
  LIMIT $2)
DELETE FROM messages AS m USING dead WHERE m.namespace = dead.namespace AND m.name = dead.name AND m.id = dead.id
