UPDATE silos SET lease_until = least(lease_until, clock_timestamp()), stopped = true, executing = 0, resident = 0, steps = 0
WHERE id = $1 AND NOT stopped
