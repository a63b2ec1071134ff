SELECT name || ' (phase ' || phase || ', epoch ' || epoch || ', owner ' || coalesce(owner::text, 'nobody') ||
  ', wakes ' || coalesce(wake_at::text, 'never') || CASE WHEN held THEN ', held' ELSE '' END || ') ' || convert_from(status, 'UTF8')
FROM executions WHERE phase < 4 ORDER BY name
