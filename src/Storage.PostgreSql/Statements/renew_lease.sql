-- The row is locked before it is looked at, so that the answer is about the lease that is replaced.
WITH before AS MATERIALIZED (SELECT id, lease_until FROM silos WHERE id = $1 AND NOT stopped FOR UPDATE)
UPDATE silos SET
  renewed_at = clock_timestamp(), lease_until = clock_timestamp() + $2::interval, executing = $3, resident = $4, steps = $5
FROM before WHERE silos.id = before.id
RETURNING before.lease_until > silos.renewed_at
