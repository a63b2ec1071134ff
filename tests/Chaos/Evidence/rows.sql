SELECT uid, name, function, phase, parent_uid, journal_sequence, status FROM executions ORDER BY uid
