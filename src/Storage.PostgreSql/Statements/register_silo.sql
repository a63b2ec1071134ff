INSERT INTO silos (id, name, worker_group, version, capacity, started_at, renewed_at, lease_until)
SELECT $1, $2, $4, $5, $6, now.time, now.time, now.time + $3::interval
FROM (SELECT clock_timestamp() AS time) AS now
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, worker_group = excluded.worker_group, version = excluded.version, capacity = excluded.capacity,
  started_at = excluded.started_at, renewed_at = excluded.renewed_at, lease_until = excluded.lease_until,
  executing = 0, resident = 0, steps = 0, stopped = false
