-- One that may live has until then to notice. The lease only ever ends sooner, however often this is done.
UPDATE silos SET lease_until = min(lease_until, max(?2, renewed_at + ?3)), stopped = 1, executing = 0, resident = 0, steps = 0 WHERE id = ?1
RETURNING max(0, lease_until - ?2)
