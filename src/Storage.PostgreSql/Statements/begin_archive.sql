INSERT INTO archive_writes (piece_set, begun_at) VALUES ($1, clock_timestamp())
