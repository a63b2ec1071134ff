-- Owners are few and rows are many: the recursion hops from owner to owner in the index instead of reading all of it. Those are left out
-- of whom it is known that they had none of these functions.
WITH RECURSIVE owners (owner) AS (
  SELECT min(owner) FROM executions WHERE owner IS NOT NULL AND wake_at IS NOT NULL AND awaited_semaphore IS NULL
  UNION ALL
  SELECT (SELECT min(e.owner) FROM executions AS e WHERE e.wake_at IS NOT NULL AND e.awaited_semaphore IS NULL AND e.owner > o.owner)
  FROM owners AS o WHERE o.owner IS NOT NULL)
SELECT owner FROM owners
WHERE owner IS NOT NULL AND owner <> ?1 AND owner NOT IN (SELECT id FROM silos WHERE lease_until > ?3)
  AND (NOT EXISTS (SELECT 1 FROM silo_functions AS f WHERE f.silo = owners.owner)
    OR EXISTS (SELECT 1 FROM silo_functions AS f WHERE f.silo = owners.owner AND f.name IN (SELECT value FROM json_each(?2))))
