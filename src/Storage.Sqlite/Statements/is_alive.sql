SELECT worker_group FROM silos WHERE id = ?1 AND lease_until > ?2
