WITH counted AS (
  UPDATE orleans_membership_version v SET version = version + 1
  WHERE v.cluster_id = @DeploymentId AND v.version = @Version AND EXISTS (
    SELECT FROM orleans_membership m
    WHERE m.cluster_id = v.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation)
  RETURNING v.cluster_id
), changed AS (
  UPDATE orleans_membership m
  SET status = @Status, suspect_times = CAST(@SuspectTimes AS text), i_am_alive_time = @IAmAliveTime
  FROM counted
  WHERE m.cluster_id = counted.cluster_id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
  RETURNING 1
)
SELECT EXISTS (SELECT FROM changed)
