DELETE FROM messages AS m
USING unnest($1::text[], $2::text[], $3::uuid[]) AS old (namespace, name, id)
WHERE m.namespace = old.namespace AND m.name = old.name AND m.id = old.id
