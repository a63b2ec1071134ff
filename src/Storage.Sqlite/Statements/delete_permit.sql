DELETE FROM permits WHERE semaphore = ?1 AND uid = ?2
