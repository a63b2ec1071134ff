UPDATE silos SET
  renewed_at = clock_timestamp(), lease_until = clock_timestamp() + $2::interval, executing = $3, resident = $4, steps = $5
WHERE id = $1 AND NOT stopped
