-- create.sql for a deployment that comes alone: the same parameters without arrays (but $6, $7 and
-- $11, which are arrays), the same answer.
WITH checked AS MATERIALIZED (
  SELECT EXISTS (SELECT FROM organizations o WHERE o.id = $2::uuid) AS has_organization,
    $3::uuid IS NULL OR EXISTS (
      SELECT FROM clusters c WHERE c.id = $3::uuid AND c.organization_id = $2::uuid) AS has_cluster
), keyed AS (
  INSERT INTO idempotency_keys (
    organization_id, caller, key, request_digest, deployment_id, created_at)
  SELECT $2::uuid, $14::text, $17::text, $18::bytea, $1::uuid, $15::timestamptz
  FROM checked WHERE $17::text IS NOT NULL AND has_organization AND has_cluster
  ON CONFLICT ON CONSTRAINT idempotency_keys_unique DO NOTHING
  RETURNING deployment_id
), created AS (
  INSERT INTO deployments (
    id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
    gpu_models, priority, max_attempts, created_by, created_at, updated_at, state, reason)
  SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text[], $7::text[], $8::bigint,
    $9::bigint, $10::bigint, $11::text[], $12::integer, $13::integer, $14::text, $15::timestamptz,
    $15::timestamptz, 'queued', $16::text
  FROM checked WHERE has_organization AND has_cluster
    AND ($17::text IS NULL OR EXISTS (SELECT FROM keyed))
  RETURNING id
), events AS (
  INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
  SELECT id, $15::timestamptz, 0, 'queued', $16::text FROM created
)
SELECT 1::bigint AS ordinal, CASE
  WHEN NOT has_organization THEN 'no organization'
  WHEN NOT has_cluster THEN 'no cluster'
  WHEN EXISTS (SELECT FROM created) THEN 'created'
  ELSE 'repeated' END AS outcome
FROM checked
