SELECT 1 FROM silos WHERE id = ?1 AND lease_until > ?2
