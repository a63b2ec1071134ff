WITH made AS (
  INSERT INTO orleans_membership_version (cluster_id) VALUES (@DeploymentId)
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT EXISTS (SELECT FROM made)
