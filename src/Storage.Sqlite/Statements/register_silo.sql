INSERT INTO silos (id, name, lease_until, worker_group, version, capacity, started_at, renewed_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, lease_until = excluded.lease_until, worker_group = excluded.worker_group, version = excluded.version,
  capacity = excluded.capacity, started_at = excluded.started_at, renewed_at = excluded.renewed_at,
  executing = 0, resident = 0, steps = 0, stopped = 0
