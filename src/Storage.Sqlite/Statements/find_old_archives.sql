SELECT uid, piece_set FROM archives WHERE delete_at <= ?1 ORDER BY delete_at LIMIT ?2
