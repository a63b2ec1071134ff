SELECT piece_set FROM archive_writes WHERE begun_at <= ?1 LIMIT ?2
