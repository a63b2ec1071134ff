WITH ended AS (DELETE FROM archive_writes WHERE piece_set = $1)
DELETE FROM archive_pieces WHERE piece_set = $1
