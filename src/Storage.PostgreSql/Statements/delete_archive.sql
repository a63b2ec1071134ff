WITH gone AS (DELETE FROM archives WHERE uid = $1 RETURNING piece_set),
pieces AS (DELETE FROM archive_pieces WHERE piece_set IN (SELECT piece_set FROM gone))
SELECT count(*)::int FROM gone
