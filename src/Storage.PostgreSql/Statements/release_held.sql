-- It answers how many were found: of those that somebody else releases at the same moment none is left to update, but there may be more
-- behind them. In the order of the index, so that two silos that start together wait for each other and do not lock crosswise.
WITH found AS MATERIALIZED (
  SELECT namespace, name FROM executions
  WHERE held AND phase < 4 AND function = ANY($1::text[])
    AND (worker_group IS NULL OR worker_group = (SELECT worker_group FROM silos WHERE id = $3))
  ORDER BY function LIMIT $4),
released AS (
  UPDATE executions AS e SET held = false, owner = NULL, wake_at = $2, resource_version = (SELECT kontinue_version())
  FROM found AS f WHERE e.namespace = f.namespace AND e.name = f.name AND e.held AND e.phase < 4)
SELECT count(*)::integer FROM found
