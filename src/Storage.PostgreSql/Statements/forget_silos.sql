DELETE FROM silos WHERE (name = $2 AND id <> $1) OR lease_until < clock_timestamp() - $3::interval
