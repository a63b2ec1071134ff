SELECT 1 FROM messages WHERE namespace = ?1 AND name = ?2 AND id = ?3
