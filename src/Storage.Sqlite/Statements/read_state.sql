SELECT uid, epoch, revision, phase, coalesce((SELECT max(sequence) FROM journal WHERE journal.uid = executions.uid), 0)
FROM executions WHERE namespace = ?1 AND name = ?2
