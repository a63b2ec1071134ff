-- In key order, so that two processes that lock the same rows cannot wait for each other.
SELECT e.namespace, e.name, e.uid, e.epoch, e.revision,
  coalesce((SELECT max(j.sequence) FROM journal AS j WHERE j.uid = e.uid), 0)
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, name)
JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
ORDER BY e.namespace, e.name
FOR UPDATE OF e
