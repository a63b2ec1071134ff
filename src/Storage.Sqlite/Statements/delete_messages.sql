DELETE FROM messages WHERE namespace = ?1 AND name = ?2 AND target_uid = ?3
