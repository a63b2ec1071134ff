UPDATE meta SET version_offset = highest.version + 1 - pg_current_xact_id()::text::bigint
FROM (SELECT max(resource_version) AS version FROM executions) AS highest
WHERE highest.version >= pg_current_xact_id()::text::bigint + version_offset
