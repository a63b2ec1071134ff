SELECT
  id, name, worker_group, version, capacity, executing, resident, steps, started_at, renewed_at, lease_until,
  lease_until > clock_timestamp(), stopped
FROM silos
WHERE NOT $1 OR lease_until > clock_timestamp()
ORDER BY name, id LIMIT $2
