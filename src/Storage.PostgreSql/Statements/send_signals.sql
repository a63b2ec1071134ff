-- Hints ($1 audience: 1 the execution's owner, 2 a silo, 3 a group, 4 all) go to the channels on which those listen whom they concern: as many
-- as fit into one notification, which may have 8,000 bytes. A hint has at most 900, so one that begins before byte 7,000 ends in time.
-- $6 is the sender, who knows already.
WITH hints AS (
  SELECT * FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
    AS h (audience, namespace, name, target, body, number)),
addressed AS (
  SELECT
    CASE
      WHEN h.audience = 1 AND s.id IS NOT NULL THEN '_' || replace(s.id::text, '-', '')
      WHEN h.audience = 2 THEN '_' || h.target
      WHEN h.audience = 3 THEN '_g_' || md5(h.target)
      ELSE ''
    END AS channel,
    h.body, h.number
  FROM hints AS h
  LEFT JOIN executions AS e ON h.audience = 1 AND e.namespace = h.namespace AND e.name = h.name
  LEFT JOIN silos AS s ON s.id = e.owner AND s.lease_until > clock_timestamp()
  WHERE s.id IS DISTINCT FROM $6::uuid),
placed AS (
  SELECT channel, body, number,
    sum(octet_length(body) + 1) OVER (PARTITION BY channel ORDER BY number ROWS UNBOUNDED PRECEDING) - octet_length(body) - 1 AS place
  FROM addressed),
notifications AS (
  SELECT channel, '[' || string_agg(body, ',' ORDER BY number) || ']' AS payload
  FROM placed GROUP BY channel, place / 7000)
SELECT pg_notify('kontinue_' || 'executions'::regclass::oid || channel, payload) FROM notifications
