DELETE FROM orleans_membership_version WHERE cluster_id = @DeploymentId
