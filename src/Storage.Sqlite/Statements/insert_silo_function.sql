INSERT INTO silo_functions (silo, name, definition) VALUES (?1, ?2, ?3)
