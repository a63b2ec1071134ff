SELECT count(*) FROM archives AS a
WHERE a.uid = ?1 AND (a.pieces, a.bytes) = (
  SELECT count(*), coalesce(sum(length(p.data)), 0) FROM archive_pieces AS p WHERE p.piece_set = a.piece_set)
