INSERT INTO journal (uid, sequence, data) VALUES (?1, ?2, ?3)
