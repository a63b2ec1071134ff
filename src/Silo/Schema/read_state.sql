SELECT to_regclass('orleansquery') IS NOT NULL, to_regclass('orleans_schema_version') IS NOT NULL
