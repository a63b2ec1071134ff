SELECT m.name || ' has message ' || m.id FROM messages m
WHERE NOT EXISTS (SELECT FROM executions e WHERE e.uid = m.target_uid AND e.phase < 4)
ORDER BY 1
