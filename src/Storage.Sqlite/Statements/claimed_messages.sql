SELECT id, sent_at, body FROM messages WHERE namespace = ?1 AND name = ?2 AND target_uid = ?3 ORDER BY rowid
