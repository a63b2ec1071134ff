DELETE FROM silos WHERE (name = ?2 AND id <> ?1) OR lease_until < ?3
