-- A silo that is about to join is not among the members yet, so the claim itself counts for a while.
SELECT c.service_id, c.cluster_id,
  c.claimed_at > now() - $1 OR EXISTS (
    SELECT FROM orleans_membership m
    WHERE m.cluster_id = c.cluster_id AND m.status IN (1, 2, 3, 4, 5) AND m.i_am_alive_time > now() - $1) AS is_alive
FROM orleans_cluster c
