-- Of one owner and one group. New ones are claimed up to ?6, the others up to ?3.
SELECT namespace, name, wake_at FROM executions INDEXED BY executions_owner_wake_at
WHERE owner = ?1 AND worker_group IS ?2 AND wake_at <= ?6 AND (wake_at <= ?3 OR phase = 0) AND awaited_semaphore IS NULL AND phase < 4
  AND NOT held AND function IN (SELECT value FROM json_each(?4))
ORDER BY wake_at LIMIT ?5
