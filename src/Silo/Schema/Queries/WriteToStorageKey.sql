-- Without a version the state is new. No row comes back when another activation was quicker.
WITH changed AS (
  UPDATE orleans_state SET payload = @PayloadBinary, modified_at = now(), version = version + 1
  WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND key_n0 = @GrainIdN0 AND key_n1 = @GrainIdN1
  AND key_text = coalesce(CAST(@GrainIdExtensionString AS text), '')
    AND version = CAST(@GrainStateVersion AS integer)
  RETURNING version
), made AS (
  INSERT INTO orleans_state (service_id, grain_type, key_n0, key_n1, key_text, payload, modified_at, version)
  SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(CAST(@GrainIdExtensionString AS text), ''), @PayloadBinary, now(), 1
  WHERE CAST(@GrainStateVersion AS integer) IS NULL
  ON CONFLICT DO NOTHING
  RETURNING version
)
SELECT version AS "NewGrainStateVersion" FROM changed
UNION ALL
SELECT version FROM made
