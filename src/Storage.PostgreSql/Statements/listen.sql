-- What a silo ($1) of a group ($2) executes to listen: LISTEN takes no parameters, so the names are quoted here. The table's oid tells two schemas of
-- one database apart.
SELECT format('LISTEN %I; LISTEN %I; LISTEN %I', base, base || '_' || replace($1::uuid::text, '-', ''), base || '_g_' || md5($2::text))
FROM (SELECT 'kontinue_' || 'executions'::regclass::oid AS base) AS channels
