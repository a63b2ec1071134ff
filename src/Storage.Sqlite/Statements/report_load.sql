UPDATE silos SET executing = ?2, resident = ?3, steps = ?4 WHERE id = ?1 AND NOT stopped
