SELECT name FROM silos WHERE lease_until > now() ORDER BY name
