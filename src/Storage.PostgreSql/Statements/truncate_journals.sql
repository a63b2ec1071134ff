DELETE FROM journal WHERE uid = ANY($1::uuid[])
