WITH gone AS (
  DELETE FROM orleans_reminder
  WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version
  RETURNING 1
)
SELECT EXISTS (SELECT FROM gone)
