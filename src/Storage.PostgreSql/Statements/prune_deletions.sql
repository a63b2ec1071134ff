-- Of the oldest by version, those that are old by the clock: looking no further keeps this bounded when none is. Not those that readers
-- cannot see yet: they would have to list again for ever. Runs after meta is locked, so that no other prune raises the version meanwhile.
WITH oldest AS MATERIALIZED (
  SELECT version, uid, deleted_at FROM deletions WHERE version < (SELECT kontinue_horizon()) ORDER BY version, uid LIMIT $2),
pruned AS (
  DELETE FROM deletions AS d USING oldest
  WHERE d.version = oldest.version AND d.uid = oldest.uid AND oldest.deleted_at <= clock_timestamp() - $1::interval
  RETURNING d.version),
raised AS (
  UPDATE meta SET pruned_version = greatest(pruned_version, (SELECT max(version) FROM pruned))
  WHERE id = 1 AND EXISTS (SELECT FROM pruned))
SELECT count(*)::int FROM pruned
