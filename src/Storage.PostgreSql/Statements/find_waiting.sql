-- The index tells groups apart, so those of other groups are not read. Rows without a group whose functions the silo has not are passed
-- over one by one.
SELECT w.namespace, w.name, w.function, wanted.semaphore, w.semaphores,
  (SELECT count(*) FROM permits AS p WHERE p.semaphore = wanted.semaphore)::integer
FROM unnest($3::text[]) AS wanted (semaphore)
CROSS JOIN LATERAL (
  SELECT * FROM (
    (SELECT e.namespace, e.name, e.uid, e.function, e.semaphores, e.wake_at FROM executions AS e
     WHERE e.awaited_semaphore = wanted.semaphore AND e.worker_group IS NULL
       AND e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
       AND (e.owner IS NULL OR e.owner = $1
         OR NOT EXISTS (SELECT FROM silos AS s WHERE s.id = e.owner AND s.lease_until > clock_timestamp()))
     ORDER BY e.awaited_semaphore, e.worker_group, e.wake_at LIMIT $4)
    UNION ALL
    (SELECT e.namespace, e.name, e.uid, e.function, e.semaphores, e.wake_at FROM executions AS e
     WHERE e.awaited_semaphore = wanted.semaphore AND e.worker_group = (SELECT worker_group FROM silos WHERE id = $1)
       AND e.phase < 4 AND NOT e.held AND e.function = ANY($2::text[])
       AND (e.owner IS NULL OR e.owner = $1
         OR NOT EXISTS (SELECT FROM silos AS s WHERE s.id = e.owner AND s.lease_until > clock_timestamp()))
     ORDER BY e.awaited_semaphore, e.worker_group, e.wake_at LIMIT $4)) AS both_groups
  ORDER BY wake_at, uid LIMIT $4) AS w
ORDER BY wanted.semaphore COLLATE "C", w.wake_at, w.uid
