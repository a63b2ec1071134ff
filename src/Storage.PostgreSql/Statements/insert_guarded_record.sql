-- guard_row and insert_journal in one, for a commit of nothing else. What is in the way shows as no row added.
WITH guarded AS (
  SELECT FROM executions AS e
  WHERE e.namespace = $1 AND e.name = $2 AND e.uid = $3 AND e.epoch = $4 AND e.revision = $5
  FOR SHARE OF e)
INSERT INTO journal (uid, sequence, data)
SELECT $3, $6, $7 FROM guarded
WHERE $6 = 1 OR (SELECT true FROM journal AS j WHERE j.uid = $3 AND j.sequence = $6 - 1)
