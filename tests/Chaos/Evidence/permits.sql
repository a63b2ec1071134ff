SELECT semaphore || ' of ' || uid FROM permits ORDER BY 1
