-- Runs in the transaction of the claim: the version tells which rows it took.
SELECT j.uid, j.sequence, j.data
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, name)
JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
JOIN journal AS j ON j.uid = e.uid
WHERE e.resource_version = (SELECT kontinue_version())
ORDER BY j.uid, j.sequence
