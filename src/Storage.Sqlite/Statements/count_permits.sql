SELECT count(*) FROM permits WHERE semaphore = ?1
