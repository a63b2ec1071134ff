DELETE FROM archive_writes WHERE piece_set = ?1
