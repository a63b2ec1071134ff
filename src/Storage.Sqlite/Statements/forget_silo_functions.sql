DELETE FROM silo_functions WHERE silo = ?1 OR silo NOT IN (SELECT id FROM silos)
