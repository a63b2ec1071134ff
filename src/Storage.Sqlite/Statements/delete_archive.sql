DELETE FROM archives WHERE uid = ?1
