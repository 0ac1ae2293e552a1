-- Creates deployments, each with its first event and its idempotency key, or none of the three.
-- $1 id, $2 organization, $3 requested cluster, $4 name, $5 image, $6 command (array literals),
-- $7 env (array literals), $8 cpu, $9 memory, $10 gpu, $11 GPU models (array literals), $12 priority,
-- $13 max_attempts, $14 created_by, $15 created_at, $16 reason, $17 idempotency key,
-- $18 request digest, $19 queue_time_to_live, $20 start_by, $21 priority_class, $22 preempts,
-- $23 protection, $24 traceparent.
-- Answers (ordinal, outcome): 'created', 'repeated' (the key was used before), 'no organization',
-- 'no cluster' (none that the organization may run on), 'no fit' (even empty, no cluster that it may
-- run on could hold it, or a quota never lets it), 'queue full' (as many wait as the quota allows).
WITH wanted AS MATERIALIZED (
  SELECT w.*, o.id IS NOT NULL AS has_organization,
    w.requested_cluster IS NULL OR c.id IS NOT NULL AS has_cluster,
    CASE WHEN w.requested_cluster IS NOT NULL
      THEN c.most_cpu >= w.cpu AND c.most_memory >= w.memory AND c.most_gpu >= w.gpu
        AND (w.gpu = 0 OR w.gpu_models = '{}' OR c.gpu_model = ANY (w.gpu_models::text[]))
      ELSE EXISTS (
        SELECT FROM cluster_access a WHERE a.organization_id = w.organization_id
          AND a.most_cpu >= w.cpu AND a.most_memory >= w.memory
          AND a.most_gpu >= w.gpu
          AND (w.gpu = 0 OR w.gpu_models = '{}' OR a.gpu_model = ANY (w.gpu_models::text[])))
      END
      AND coalesce(q.cpu_limit >= w.cpu, true) AND coalesce(q.memory_limit >= w.memory, true)
      AND coalesce(q.gpu_limit >= w.gpu, true) AS fits,
    -- Counted up to the limit. Creates that come at the same instant may pass it together.
    CASE WHEN q.queued_limit IS NULL THEN true ELSE (
        SELECT count(*) FROM (
          SELECT FROM deployments d
          WHERE d.organization_id = w.organization_id AND d.state = 'queued'
          LIMIT q.queued_limit) AS queued)
      + row_number() OVER (PARTITION BY w.organization_id ORDER BY w.ordinal)
      <= q.queued_limit END AS has_place
  FROM unnest(
      $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::integer[], $13::integer[],
      $14::text[], $15::timestamptz[], $16::text[], $17::text[], $18::bytea[],
      $19::bigint[], $20::timestamptz[], $21::text[], $22::boolean[], $23::bigint[], $24::text[])
    WITH ORDINALITY AS w (
      id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
      gpu_models, priority, max_attempts, created_by, created_at, reason, key, request_digest,
      queue_time_to_live, start_by, priority_class, preempts, protection, traceparent, ordinal)
  LEFT JOIN organizations o ON o.id = w.organization_id
  LEFT JOIN organization_quotas q ON q.organization_id = w.organization_id
  LEFT JOIN cluster_access c ON c.id = w.requested_cluster AND c.organization_id = w.organization_id
), keyed AS (
  -- In the order of the index, so that two such statements cannot wait for each other.
  INSERT INTO idempotency_keys (
    organization_id, caller, key, request_digest, deployment_id, created_at)
  SELECT organization_id, created_by, key, request_digest, id, created_at
  FROM wanted WHERE key IS NOT NULL AND has_organization AND has_cluster AND fits AND has_place
  ORDER BY organization_id, created_by COLLATE "C", key COLLATE "C"
  ON CONFLICT ON CONSTRAINT idempotency_keys_unique DO NOTHING
  RETURNING deployment_id
), created AS (
  INSERT INTO deployments (
    id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
    gpu_models, priority, max_attempts, created_by, created_at, updated_at, state, reason,
    queue_time_to_live, start_by, priority_class, preempts, protection, traceparent)
  SELECT id, organization_id, requested_cluster, name, image, command::text[], env::text[], cpu,
    memory, gpu, gpu_models::text[], priority, max_attempts, created_by, created_at, created_at,
    'queued', reason, queue_time_to_live, start_by, priority_class, preempts, protection, traceparent
  FROM wanted w
  WHERE has_organization AND has_cluster AND fits AND has_place
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
  WHEN NOT w.has_place THEN 'queue full'
  WHEN EXISTS (SELECT FROM created c WHERE c.id = w.id) THEN 'created'
  ELSE 'repeated' END AS outcome
FROM wanted w ORDER BY w.ordinal
