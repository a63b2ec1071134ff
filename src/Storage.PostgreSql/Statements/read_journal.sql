SELECT sequence, data FROM journal WHERE uid = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
