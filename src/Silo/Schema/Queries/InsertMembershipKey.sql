WITH counted AS (
  UPDATE orleans_membership_version v SET version = version + 1
  WHERE v.cluster_id = @DeploymentId AND v.version = @Version AND NOT EXISTS (
    SELECT FROM orleans_membership m
    WHERE m.cluster_id = v.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation)
  RETURNING v.cluster_id
), joined AS (
  INSERT INTO orleans_membership (
    cluster_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
  SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
  FROM counted
  RETURNING 1
)
SELECT EXISTS (SELECT FROM joined)
