DELETE FROM deletions WHERE (version, uid) <= (?1, ?2)
