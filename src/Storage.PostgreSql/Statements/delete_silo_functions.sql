DELETE FROM silo_functions WHERE silo = $1
