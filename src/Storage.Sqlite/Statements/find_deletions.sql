SELECT version, uid, deleted_at FROM deletions ORDER BY version, uid LIMIT ?1
