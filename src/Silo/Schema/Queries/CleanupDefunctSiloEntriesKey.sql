-- 3: active. One that is active is declared dead before it is forgotten.
DELETE FROM orleans_membership
WHERE cluster_id = @DeploymentId AND status <> 3 AND i_am_alive_time < @IAmAliveTime
