SELECT piece_set, pieces, resource_version FROM archives WHERE uid = ?1
