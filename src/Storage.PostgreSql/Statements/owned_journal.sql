SELECT j.uid, j.sequence, j.data
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, name)
JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
JOIN journal AS j ON j.uid = e.uid
WHERE e.owner = $3
ORDER BY j.uid, j.sequence
