-- Two processes that register one name at once would otherwise not see each other, and both stay.
SELECT pg_advisory_xact_lock(1802464885, hashtext($1))
