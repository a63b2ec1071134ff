INSERT OR REPLACE INTO archives (
  uid, piece_set, pieces, bytes, version, resource_version, namespace, name, function, phase, labels, created_at, finished_at, archived_at,
  delete_at, executions)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
