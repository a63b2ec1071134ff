UPDATE silos SET renewed_at = ?2, lease_until = ?3, executing = ?4, resident = ?5, steps = ?6 WHERE id = ?1 AND NOT stopped
