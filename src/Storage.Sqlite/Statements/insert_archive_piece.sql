INSERT INTO archive_pieces (piece_set, number, data) VALUES (?1, ?2, ?3)
