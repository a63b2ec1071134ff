UPDATE executions SET awaited_semaphore = ?3, resource_version = ?4 WHERE namespace = ?1 AND name = ?2
