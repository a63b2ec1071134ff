INSERT INTO journal (uid, sequence, data)
SELECT uid, sequence, data FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS new (uid, sequence, data)
