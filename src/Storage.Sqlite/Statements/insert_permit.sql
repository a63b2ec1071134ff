INSERT INTO permits (semaphore, uid, namespace, name) VALUES (?1, ?2, ?3, ?4)
