INSERT INTO orleans_cluster AS c (service_id, cluster_id, claimed_at) VALUES ($1, $2, now())
ON CONFLICT (is_only) DO UPDATE SET cluster_id = excluded.cluster_id, claimed_at = now()
