UPDATE silos SET lease_until = min(lease_until, ?2), stopped = 1, executing = 0, resident = 0, steps = 0 WHERE id = ?1 AND NOT stopped
