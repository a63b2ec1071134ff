UPDATE silos SET lease_until = clock_timestamp() + $2::interval WHERE id = $1
