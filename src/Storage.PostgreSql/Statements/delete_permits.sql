DELETE FROM permits AS p USING unnest($1::text[], $2::uuid[]) AS old (semaphore, uid)
WHERE p.semaphore = old.semaphore AND p.uid = old.uid
