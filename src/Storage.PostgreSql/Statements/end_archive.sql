-- Nothing is stored when the set is gone, which an old one is, or when another version is stored than is to be replaced. Two that insert
-- the same tree meet at its key, and the second one does nothing. Pieces that are not stored go in here: nobody would find them later.
WITH ended AS (DELETE FROM archive_writes WHERE piece_set = $2 RETURNING piece_set),
old AS (
  SELECT piece_set FROM archives WHERE uid = $1 AND resource_version = $16 FOR UPDATE),
updated AS (
  UPDATE archives SET
    piece_set = $2, version = $3, resource_version = pg_current_xact_id()::text::bigint, bytes = $4, created_at = $5, finished_at = $6, archived_at = $7,
    delete_at = $8, executions = $9, pieces = $10, phase = $11, namespace = $12, name = $13, function = $14, labels = $15
  WHERE uid = $1 AND EXISTS (SELECT FROM old) AND EXISTS (SELECT FROM ended)
  RETURNING uid),
inserted AS (
  INSERT INTO archives (
    uid, piece_set, version, resource_version, bytes, created_at, finished_at, archived_at, delete_at, executions, pieces, phase, namespace,
    name, function, labels)
  SELECT $1, $2, $3, pg_current_xact_id()::text::bigint, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  WHERE $16 = 0 AND EXISTS (SELECT FROM ended)
  ON CONFLICT (uid) DO NOTHING
  RETURNING uid),
replaced AS (
  DELETE FROM archive_pieces WHERE piece_set IN (SELECT piece_set FROM old) AND EXISTS (SELECT FROM updated)),
late AS (
  DELETE FROM archive_pieces
  WHERE piece_set IN (SELECT piece_set FROM ended) AND NOT EXISTS (SELECT FROM updated) AND NOT EXISTS (SELECT FROM inserted))
SELECT (SELECT count(*) FROM ended)::int, (SELECT count(*) FROM updated)::int + (SELECT count(*) FROM inserted)::int
