DELETE FROM silos WHERE id = ?1
