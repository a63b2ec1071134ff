DELETE FROM executions WHERE namespace = ?1 AND name = ?2
