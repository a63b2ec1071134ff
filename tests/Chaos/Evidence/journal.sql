-- A record is written once, so the transaction that wrote its row is the one that committed it.
SELECT uid, sequence, pg_xact_commit_timestamp(xmin), data FROM journal ORDER BY uid, sequence
