-- Creates deployments, each with its first event and its idempotency key, or none of the three.
-- $1 id, $2 organization, $3 requested cluster, $4 name, $5 image, $6 command (array literals),
-- $7 env (array literals), $8 cpu, $9 memory, $10 gpu, $11 GPU models (array literals), $12 priority,
-- $13 max_attempts, $14 created_by, $15 created_at, $16 reason, $17 idempotency key,
-- $18 request digest, $19 queue_time_to_live, $20 start_by, $21 priority_class, $22 preempts,
-- $23 protection.
-- Answers (ordinal, outcome): 'created', 'repeated' (the key was used before), 'no organization',
-- 'no cluster', 'no fit' (even empty, no cluster that it may run on could hold it).
WITH wanted AS MATERIALIZED (
  SELECT w.*, o.id IS NOT NULL AS has_organization,
    w.requested_cluster IS NULL OR c.id IS NOT NULL AS has_cluster,
    CASE WHEN w.requested_cluster IS NOT NULL
      THEN c.cpu_capacity >= w.cpu AND c.memory_capacity >= w.memory AND c.gpu_capacity >= w.gpu
        AND (w.gpu = 0 OR w.gpu_models = '{}' OR c.gpu_model = ANY (w.gpu_models::text[]))
      ELSE EXISTS (
        SELECT FROM clusters a WHERE a.organization_id = w.organization_id
          AND a.cpu_capacity >= w.cpu AND a.memory_capacity >= w.memory
          AND a.gpu_capacity >= w.gpu
          AND (w.gpu = 0 OR w.gpu_models = '{}' OR a.gpu_model = ANY (w.gpu_models::text[])))
      END AS fits
  FROM unnest(
      $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::integer[], $13::integer[],
      $14::text[], $15::timestamptz[], $16::text[], $17::text[], $18::bytea[],
      $19::bigint[], $20::timestamptz[], $21::text[], $22::boolean[], $23::bigint[])
    WITH ORDINALITY AS w (
      id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
      gpu_models, priority, max_attempts, created_by, created_at, reason, key, request_digest,
      queue_time_to_live, start_by, priority_class, preempts, protection, ordinal)
  LEFT JOIN organizations o ON o.id = w.organization_id
  LEFT JOIN clusters c ON c.id = w.requested_cluster AND c.organization_id = w.organization_id
), keyed AS (
  -- In the order of the index, so that two such statements cannot wait for each other.
  INSERT INTO idempotency_keys (
    organization_id, caller, key, request_digest, deployment_id, created_at)
  SELECT organization_id, created_by, key, request_digest, id, created_at
  FROM wanted WHERE key IS NOT NULL AND has_organization AND has_cluster AND fits
  ORDER BY organization_id, created_by COLLATE "C", key COLLATE "C"
  ON CONFLICT ON CONSTRAINT idempotency_keys_unique DO NOTHING
  RETURNING deployment_id
), created AS (
  INSERT INTO deployments (
    id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
    gpu_models, priority, max_attempts, created_by, created_at, updated_at, state, reason,
    queue_time_to_live, start_by, priority_class, preempts, protection)
  SELECT id, organization_id, requested_cluster, name, image, command::text[], env::text[], cpu,
    memory, gpu, gpu_models::text[], priority, max_attempts, created_by, created_at, created_at,
    'queued', reason, queue_time_to_live, start_by, priority_class, preempts, protection
  FROM wanted w
  WHERE has_organization AND has_cluster AND fits
    AND (key IS NULL OR EXISTS (SELECT FROM keyed k WHERE k.deployment_id = w.id))
  RETURNING id, reason, created_at
), events AS (
  INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
  SELECT id, created_at, 0, 'queued', reason FROM created
)
SELECT w.ordinal, CASE
  WHEN NOT w.has_organization THEN 'no organization'
  WHEN NOT w.has_cluster THEN 'no cluster'
  WHEN NOT w.fits THEN 'no fit'
  WHEN EXISTS (SELECT FROM created c WHERE c.id = w.id) THEN 'created'
  ELSE 'repeated' END AS outcome
FROM wanted w ORDER BY w.ordinal
