-- guard_row and insert_journal in one, for the commit of an execution that runs alone from step to step: its time is that of the commit, and each
-- further statement would add to it.
WITH guarded AS (
  SELECT FROM executions AS e
  WHERE e.namespace = ($1::text[])[1] AND e.name = ($2::text[])[1]
    AND e.uid = ($3::uuid[])[1] AND e.epoch = ($4::bigint[])[1] AND e.revision = ($5::bigint[])[1]
  FOR SHARE OF e),
added AS (
  INSERT INTO journal (uid, sequence, data)
  SELECT ($3::uuid[])[1], ($6::bigint[])[1], ($7::bytea[])[1]
  FROM guarded
  WHERE ($6::bigint[])[1] = 1
    OR (SELECT true FROM journal AS j WHERE j.uid = ($3::uuid[])[1] AND j.sequence = ($6::bigint[])[1] - 1)
  RETURNING 1)
SELECT kontinue_require_rows((SELECT count(*) FROM added), 1)
