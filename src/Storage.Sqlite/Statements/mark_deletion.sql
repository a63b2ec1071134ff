INSERT INTO deletions (version, uid, namespace, name, function, phase, created_at, finished_at, parent_uid, labels, generation, deleted_at)
SELECT ?5, uid, namespace, name, function, phase, created_at, finished_at, parent_uid, labels, generation, ?6 FROM executions
WHERE namespace = ?1 AND name = ?2 AND uid = ?3 AND (?4 OR phase >= 4) AND resource_version <= ?7
