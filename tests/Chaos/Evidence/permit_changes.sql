SELECT semaphore, uid, is_taken, pg_xact_commit_timestamp(xmin) FROM chaos_permits ORDER BY semaphore, 4, is_taken, id
