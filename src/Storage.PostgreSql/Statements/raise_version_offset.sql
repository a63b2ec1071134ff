UPDATE meta SET version_offset = highest.version + 1 - pg_current_xact_id()::text::bigint
FROM (
  SELECT greatest(
    (SELECT max(resource_version) FROM executions),
    (SELECT max(version) FROM deletions),
    (SELECT max(version) FROM archives),
    (SELECT pruned_version FROM meta WHERE id = 1)) AS version) AS highest
WHERE highest.version >= pg_current_xact_id()::text::bigint + version_offset
