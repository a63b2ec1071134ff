-- A record whose predecessor is missing was written by somebody who has seen more than is stored, as after a restore from a backup.
WITH added AS (
  INSERT INTO journal (uid, sequence, data)
  SELECT uid, sequence, data
  FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::boolean[]) AS new (uid, sequence, data, is_first)
  -- Not EXISTS: the planner may answer that with a hash table of the whole journal.
  WHERE new.is_first OR (SELECT true FROM journal AS j WHERE j.uid = new.uid AND j.sequence = new.sequence - 1)
  RETURNING 1)
SELECT kontinue_require_rows((SELECT count(*) FROM added), $5)
