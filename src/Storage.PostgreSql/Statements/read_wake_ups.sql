SELECT namespace, name, wake_at FROM executions
WHERE owner = $1 AND wake_at <= $2
ORDER BY owner, wake_at LIMIT $3
