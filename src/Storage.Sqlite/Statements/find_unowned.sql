-- Of one function and one group. New ones are claimed up to ?4, the others up to ?3.
SELECT namespace, name, wake_at FROM executions INDEXED BY executions_unowned
WHERE owner IS NULL AND awaited_semaphore IS NULL AND wake_at IS NOT NULL
  AND function = ?1 AND worker_group IS ?2 AND wake_at <= ?4 AND (wake_at <= ?3 OR phase = 0) AND phase < 4 AND NOT held
ORDER BY wake_at LIMIT ?5
