SELECT namespace, name FROM permits WHERE semaphore = ?1 ORDER BY uid LIMIT ?2
