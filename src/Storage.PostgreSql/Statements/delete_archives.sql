-- Several silos may do this at once: each takes others.
WITH due AS (
  SELECT uid FROM archives WHERE delete_at <= $1 ORDER BY delete_at LIMIT $2 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM archives WHERE uid IN (SELECT uid FROM due) RETURNING piece_set),
abandoned AS (
  DELETE FROM archive_writes WHERE piece_set IN (
    SELECT piece_set FROM archive_writes WHERE begun_at <= clock_timestamp() - $3::interval
    ORDER BY begun_at LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING piece_set),
pieces AS (
  DELETE FROM archive_pieces WHERE piece_set IN (SELECT piece_set FROM gone UNION ALL SELECT piece_set FROM abandoned))
SELECT count(*)::int FROM gone
