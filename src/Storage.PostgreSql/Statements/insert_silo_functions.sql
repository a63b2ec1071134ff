INSERT INTO silo_functions (silo, name, definition)
SELECT $1, name, definition FROM unnest($2::text[], $3::bytea[]) AS known (name, definition)
