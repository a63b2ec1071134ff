-- Proves that rows still belong to their writer, and keeps them from being claimed until the transaction has ended: a claim wants a lock
-- that this one excludes. Unlike an update it leaves row, indexes and version as they are.
WITH guarded AS (
  SELECT FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[]) AS wanted (namespace, name, uid, epoch, revision)
  JOIN executions AS e ON e.namespace = wanted.namespace AND e.name = wanted.name
  WHERE e.uid = wanted.uid AND e.epoch = wanted.epoch AND e.revision = wanted.revision
  FOR SHARE OF e)
SELECT kontinue_require_rows((SELECT count(*) FROM guarded), $6)
