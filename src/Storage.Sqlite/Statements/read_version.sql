SELECT version FROM meta WHERE id = 1
