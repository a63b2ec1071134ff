-- Only what is still being written: of who lost the answer to its end, the pieces may be those of the archived tree by now.
WITH ended AS (DELETE FROM archive_writes WHERE piece_set = $1 RETURNING piece_set)
DELETE FROM archive_pieces WHERE piece_set IN (SELECT piece_set FROM ended)
