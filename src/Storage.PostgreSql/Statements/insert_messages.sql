INSERT INTO messages (namespace, name, id, target_uid, sent_at, body)
SELECT namespace, name, id, target_uid, sent_at, body
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bytea[]) AS new (
  namespace, name, id, target_uid, sent_at, body)
ON CONFLICT DO NOTHING
