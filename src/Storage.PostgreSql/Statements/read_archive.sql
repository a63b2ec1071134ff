SELECT piece_set, pieces FROM archives WHERE uid = $1
