SELECT uid, epoch, revision, phase FROM executions WHERE namespace = ?1 AND name = ?2
