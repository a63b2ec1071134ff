-- CROSS JOIN keeps the order of the tables: few keys are wanted, and many rows are stored.
SELECT m.namespace, m.name, m.target_uid, m.id, m.sent_at, m.body
FROM json_each(?1) AS wanted
CROSS JOIN executions AS e
CROSS JOIN messages AS m
WHERE e.namespace = wanted.value ->> 0 AND e.name = wanted.value ->> 1
  AND m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid
ORDER BY m.namespace, m.name, m.rowid
LIMIT ?2
