-- Claims that may let executions in wait here for each other, and for nothing after it: permits are counted by the next statement, whose
-- snapshot then has all that earlier claims have let in. Names share a bounded number of locks, for the server has room for some
-- thousands; taken in order, so that no two claims wait for each other. Pairs of numbers are apart from single ones, as the migration's.
SELECT pg_advisory_xact_lock(1802464884, lock)
FROM (SELECT DISTINCT hashtext(semaphore) & 1023 AS lock FROM unnest($1::text[]) AS wanted (semaphore) ORDER BY lock) AS locks
