SELECT lease_until > ?2 FROM silos WHERE id = ?1 AND NOT stopped
