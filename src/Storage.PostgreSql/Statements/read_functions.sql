SELECT DISTINCT ON (f.name, s.worker_group)
  s.worker_group, f.name, f.definition, s.started_at,
  bool_or(s.lease_until > clock_timestamp()) OVER (PARTITION BY f.name, s.worker_group)
FROM silos AS s JOIN silo_functions AS f ON f.silo = s.id
ORDER BY f.name, s.worker_group, s.started_at DESC, s.id DESC
LIMIT $1
