-- Few silos with some functions each: all of them are sorted.
SELECT worker_group, name, definition, started_at, is_alive FROM (
  SELECT s.worker_group, f.name, f.definition, s.started_at,
    max(s.lease_until > ?2) OVER (PARTITION BY f.name, s.worker_group) AS is_alive,
    row_number() OVER (PARTITION BY f.name, s.worker_group ORDER BY s.started_at DESC, s.id DESC) AS age
  FROM silos AS s JOIN silo_functions AS f ON f.silo = s.id)
WHERE age = 1
ORDER BY name, worker_group LIMIT ?1
