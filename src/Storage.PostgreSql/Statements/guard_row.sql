-- The same as guard_rows for a set of one.
WITH guarded AS (
  SELECT FROM executions AS e
  WHERE e.namespace = ($1::text[])[1] AND e.name = ($2::text[])[1]
    AND e.uid = ($3::uuid[])[1] AND e.epoch = ($4::bigint[])[1] AND e.revision = ($5::bigint[])[1]
  FOR SHARE OF e)
SELECT kontinue_require_rows((SELECT count(*) FROM guarded), $6)
