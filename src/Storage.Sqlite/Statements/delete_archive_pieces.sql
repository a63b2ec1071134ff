DELETE FROM archive_pieces WHERE piece_set = ?1
