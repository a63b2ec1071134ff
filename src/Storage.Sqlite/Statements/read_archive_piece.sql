SELECT data FROM archive_pieces WHERE piece_set = ?1 AND number = ?2
