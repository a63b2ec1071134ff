DELETE FROM journal WHERE uid = ?1
