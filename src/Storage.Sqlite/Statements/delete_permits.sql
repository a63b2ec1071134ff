DELETE FROM permits WHERE uid = ?3
  AND semaphore IN (SELECT value FROM executions AS e, json_each(e.semaphores) WHERE e.namespace = ?1 AND e.name = ?2)
