INSERT INTO messages (namespace, name, id, target_uid, sent_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
