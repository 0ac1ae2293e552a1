-- create.sql for a deployment that comes alone: the same parameters without arrays (but $6, $7 and
-- $11, which are arrays), the same answer.
WITH checked AS MATERIALIZED (
  SELECT o.id IS NOT NULL AS has_organization,
    $3::uuid IS NULL OR c.id IS NOT NULL AS has_cluster,
    CASE WHEN $3::uuid IS NOT NULL
      THEN c.most_cpu >= $8::bigint AND c.most_memory >= $9::bigint
        AND c.most_gpu >= $10::bigint
        AND ($10::bigint = 0 OR cardinality($11::text[]) = 0 OR c.gpu_model = ANY ($11::text[]))
      ELSE EXISTS (
        SELECT FROM cluster_access a WHERE a.organization_id = $2::uuid
          AND a.most_cpu >= $8::bigint AND a.most_memory >= $9::bigint
          AND a.most_gpu >= $10::bigint
          AND ($10::bigint = 0 OR cardinality($11::text[]) = 0 OR a.gpu_model = ANY ($11::text[])))
      END
      AND coalesce(q.cpu_limit >= $8::bigint, true)
      AND coalesce(q.memory_limit >= $9::bigint, true)
      AND coalesce(q.gpu_limit >= $10::bigint, true) AS fits,
    CASE WHEN q.queued_limit IS NULL THEN true ELSE (
        SELECT count(*) FROM (
          SELECT FROM deployments d WHERE d.organization_id = $2::uuid AND d.state = 'queued'
          LIMIT q.queued_limit) AS queued)
      < q.queued_limit END AS has_place
  FROM (SELECT 1) AS always
  LEFT JOIN organizations o ON o.id = $2::uuid
  LEFT JOIN organization_quotas q ON q.organization_id = $2::uuid
  LEFT JOIN cluster_access c ON c.id = $3::uuid AND c.organization_id = $2::uuid
), keyed AS (
  INSERT INTO idempotency_keys (
    organization_id, caller, key, request_digest, deployment_id, created_at)
  SELECT $2::uuid, $14::text, $17::text, $18::bytea, $1::uuid, $15::timestamptz
  FROM checked WHERE $17::text IS NOT NULL AND has_organization AND has_cluster AND fits
    AND has_place
  ON CONFLICT ON CONSTRAINT idempotency_keys_unique DO NOTHING
  RETURNING deployment_id
), created AS (
  INSERT INTO deployments (
    id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
    gpu_models, priority, max_attempts, created_by, created_at, updated_at, state, reason,
    queue_time_to_live, start_by, priority_class, preempts, protection, traceparent)
  SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text[], $7::text[], $8::bigint,
    $9::bigint, $10::bigint, $11::text[], $12::integer, $13::integer, $14::text, $15::timestamptz,
    $15::timestamptz, 'queued', $16::text, $19::bigint, $20::timestamptz, $21::text,
    $22::boolean, $23::bigint, $24::text
  FROM checked WHERE has_organization AND has_cluster AND fits AND has_place
    AND ($17::text IS NULL OR EXISTS (SELECT FROM keyed))
  RETURNING id
), events AS (
  INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
  SELECT id, $15::timestamptz, 0, 'queued', $16::text FROM created
)
SELECT 1::bigint AS ordinal, CASE
  WHEN NOT has_organization THEN 'no organization'
  WHEN NOT has_cluster THEN 'no cluster'
  WHEN NOT fits THEN 'no fit'
  WHEN NOT has_place THEN 'queue full'
  WHEN EXISTS (SELECT FROM created) THEN 'created'
  ELSE 'repeated' END AS outcome
FROM checked
