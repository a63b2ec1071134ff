-- One that may live has until then to notice. The lease only ever ends sooner, however often this is done.
UPDATE silos SET
  lease_until = least(lease_until, greatest(clock_timestamp(), renewed_at + $2::interval)), stopped = true, executing = 0, resident = 0, steps = 0
WHERE id = $1
RETURNING greatest(lease_until - clock_timestamp(), interval '0')
