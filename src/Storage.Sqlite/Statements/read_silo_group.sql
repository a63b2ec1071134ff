SELECT worker_group FROM silos WHERE id = ?1
