-- In key order, as lock_rows does it. A statement of its own: the next one then sees all that the last owners have written.
SELECT FROM unnest($1::text[], $2::text[], $3::uuid[]) AS wanted (namespace, name, uid)
JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name AND e.uid = wanted.uid
ORDER BY e.namespace, e.name
FOR UPDATE OF e
