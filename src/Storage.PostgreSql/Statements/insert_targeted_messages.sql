-- Outcomes are those of CommitOutcome: 0 applied, 3 not found, 4 ended. A message that is stored already was applied by an earlier call.
WITH judged AS MATERIALIZED (
  SELECT new.*, e.uid AS found_uid, CASE
    WHEN EXISTS (SELECT FROM messages AS m WHERE m.namespace = new.namespace AND m.name = new.name AND m.id = new.id) THEN 0
    WHEN e.uid IS NULL THEN 3
    WHEN new.target_uid <> '00000000-0000-0000-0000-000000000000' AND new.target_uid <> e.uid THEN 3
    WHEN e.phase >= 4 THEN 4
    ELSE 0 END AS outcome
  FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bytea[]) WITH ORDINALITY AS new (
    namespace, name, id, target_uid, sent_at, body, position)
  LEFT JOIN executions AS e ON e.namespace = new.namespace AND e.name = new.name),
stored AS (
  INSERT INTO messages (namespace, name, id, target_uid, sent_at, body)
  SELECT namespace, name, id, found_uid, sent_at, body FROM judged WHERE outcome = 0 AND found_uid IS NOT NULL
  ORDER BY position
  ON CONFLICT DO NOTHING)
SELECT (position - 1)::int, outcome FROM judged
