SELECT m.namespace, m.name, m.target_uid, m.id, m.sent_at, m.body
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, name)
JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
JOIN messages AS m ON m.namespace = e.namespace AND m.name = e.name AND m.target_uid = e.uid
WHERE e.owner = $3
ORDER BY m.target_uid, m.position
