-- Locks a row and thereby takes a transaction id: on a server that cannot be written to, that fails.
SELECT id FROM meta WHERE id = 1 FOR UPDATE
