INSERT INTO silos (id, name, lease_until) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, lease_until = excluded.lease_until
