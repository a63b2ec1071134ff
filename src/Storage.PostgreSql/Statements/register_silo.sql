INSERT INTO silos (id, name, lease_until) VALUES ($1, $2, clock_timestamp() + $3::interval)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, lease_until = excluded.lease_until
