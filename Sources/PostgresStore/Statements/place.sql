-- Places deployments under the fence. What no longer fits or is no longer queued is left out.
-- $1 epoch, $2 deployment, $3 attempt that begins, $4 cluster, $5 devices (array literals), $6 now.
-- A term places on clusters of its shard alone: others are left out, and not locked.
-- Locks are taken in the order fence, organizations' quotas by organization, clusters by id,
-- deployments by id. What is held under a quota is asked once those are had, by a function that sees
-- what has committed until then. The quotas on a cluster are those that the statement's snapshot
-- shows: whoever changes one changes the cluster's changed_xid, and on a cluster that was changed since
-- the snapshot nothing is placed.
-- Room is judged with all candidates before it on the same cluster, those left out too: that errs
-- towards leaving out, and the scheduler decides anew.
-- A gang of which one is left out is left out whole. That the others of it counted in the sums errs
-- towards leaving out too.
-- Answers (fences, deployment, traceparent): one row a placed one; fences 0: another term has begun.
WITH fence AS MATERIALIZED (
  SELECT shard, shards FROM scheduler_epoch WHERE epoch = $1::bigint FOR SHARE
), wanted AS MATERIALIZED (
  SELECT w.id, w.attempt, w.cluster, w.devices::integer[] AS devices, w.ordinal
  FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::text[])
    WITH ORDINALITY AS w (id, attempt, cluster, devices, ordinal)
  WHERE EXISTS (SELECT FROM fence)
), locked_organizations AS MATERIALIZED (
  SELECT q.organization_id AS id, q.cpu_limit, q.memory_limit, q.gpu_limit
  FROM organization_quotas q
  WHERE coalesce(q.cpu_limit, q.memory_limit, q.gpu_limit) IS NOT NULL
    AND q.organization_id = ANY (ARRAY(
      SELECT d.organization_id FROM wanted w JOIN deployments d ON d.id = w.id))
  ORDER BY q.organization_id FOR NO KEY UPDATE
), locked_clusters AS MATERIALIZED (
  SELECT c.* FROM clusters c
  WHERE c.id = ANY (ARRAY(SELECT cluster FROM wanted))
    AND shard_of(c.organization_id, (SELECT shards FROM fence)) = (SELECT shard FROM fence)
    AND (SELECT count(*) FROM locked_organizations) >= 0
  ORDER BY c.id FOR NO KEY UPDATE
), locked AS MATERIALIZED (
  SELECT w.ordinal, w.attempt AS next_attempt, w.cluster, w.devices, d.id, d.organization_id,
    d.requested_cluster, d.attempt, d.max_attempts, d.cpu, d.memory, d.gpu, d.gpu_models,
    d.gang_id, d.gang_size
  FROM wanted w JOIN deployments d ON d.id = w.id
  WHERE d.state = 'queued' AND (SELECT count(*) FROM locked_clusters) >= 0
  ORDER BY d.id FOR NO KEY UPDATE OF d
), cluster_rights AS MATERIALIZED (
  SELECT q.cluster_id, q.organization_id, q.cpu_ceiling, q.memory_ceiling, q.gpu_ceiling
  FROM cluster_quotas q
  WHERE q.is_accepted AND q.cluster_id = ANY (ARRAY(SELECT id FROM locked_clusters))
    AND q.organization_id = ANY (ARRAY(SELECT organization_id FROM locked))
), quotas AS MATERIALIZED (
  SELECT q.*, q.cpu_ceiling - h.cpu AS cpu, q.memory_ceiling - h.memory AS memory,
    q.gpu_ceiling - h.gpu AS gpu
  FROM cluster_rights q
  CROSS JOIN LATERAL held_resources(q.organization_id, q.cluster_id) AS h
), totals AS MATERIALIZED (
  SELECT o.id, o.cpu_limit - h.cpu AS cpu, o.memory_limit - h.memory AS memory,
    o.gpu_limit - h.gpu AS gpu
  FROM locked_organizations o CROSS JOIN LATERAL held_resources(o.id, NULL) AS h
), candidates AS MATERIALIZED (
  SELECT DISTINCT ON (d.id) d.ordinal, d.next_attempt, d.cluster, d.devices, d.id,
    d.organization_id, d.cpu,
    d.memory, d.gpu, d.gang_id, d.gang_size, least(d.gpu, 1000)::integer AS share,
    c.name AS cluster_name, c.gpu_devices,
    c.cpu_capacity - c.cpu_allocated AS cpu_room,
    c.memory_capacity - c.memory_allocated AS memory_room,
    c.gpu_capacity - c.gpu_allocated AS gpu_room
  FROM locked d
  JOIN locked_clusters c ON c.id = d.cluster
  LEFT JOIN cluster_rights q ON q.cluster_id = c.id AND q.organization_id = d.organization_id
  WHERE (c.organization_id = d.organization_id OR q.cluster_id IS NOT NULL)
    AND pg_visible_in_snapshot(c.changed_xid, pg_current_snapshot())
    AND d.attempt = d.next_attempt - 1 AND d.next_attempt <= d.max_attempts
    AND (d.requested_cluster IS NULL OR d.requested_cluster = d.cluster)
    AND cardinality(d.devices) = (d.gpu + 999) / 1000
    AND (d.gpu = 0 OR cardinality(d.gpu_models) = 0 OR c.gpu_model = ANY (d.gpu_models))
  ORDER BY d.id, d.ordinal
), used_devices AS MATERIALIZED (
  -- A device that the cluster has not, or that is named twice, has no room either.
  SELECT c.ordinal, bool_and(
      coalesce(c.gpu_devices[device + 1] + c.before + c.share <= 1000, false)
      AND c.times = 1) AS has_room
  FROM (
    SELECT c.ordinal, c.gpu_devices, c.share, device,
      coalesce(sum(c.share) OVER (
        PARTITION BY c.cluster, device ORDER BY c.ordinal
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before,
      count(*) OVER (PARTITION BY c.ordinal, device) AS times
    FROM candidates c CROSS JOIN unnest(c.devices) AS device) AS c
  GROUP BY c.ordinal
), summed AS MATERIALIZED (
  SELECT c.*,
    sum(c.cpu) OVER earlier AS cpu_sum, sum(c.memory) OVER earlier AS memory_sum,
    sum(c.gpu) OVER earlier AS gpu_sum,
    sum(c.cpu) OVER own AS own_cpu, sum(c.memory) OVER own AS own_memory,
    sum(c.gpu) OVER own AS own_gpu,
    sum(c.cpu) OVER whole AS whole_cpu, sum(c.memory) OVER whole AS whole_memory,
    sum(c.gpu) OVER whole AS whole_gpu
  FROM candidates c
  WINDOW earlier AS (PARTITION BY c.cluster ORDER BY c.ordinal),
    own AS (PARTITION BY c.cluster, c.organization_id ORDER BY c.ordinal),
    whole AS (PARTITION BY c.organization_id ORDER BY c.ordinal)
), fitting_alone AS MATERIALIZED (
  SELECT s.* FROM summed s LEFT JOIN used_devices u ON u.ordinal = s.ordinal
  LEFT JOIN quotas q ON q.cluster_id = s.cluster AND q.organization_id = s.organization_id
  LEFT JOIN totals t ON t.id = s.organization_id
  WHERE s.cpu_sum <= s.cpu_room AND s.memory_sum <= s.memory_room AND s.gpu_sum <= s.gpu_room
    AND coalesce(u.has_room, true)
    -- No quota, or none of this dimension: NULL.
    AND coalesce(s.own_cpu <= q.cpu, true) AND coalesce(s.own_memory <= q.memory, true)
    AND coalesce(s.own_gpu <= q.gpu, true)
    AND coalesce(s.whole_cpu <= t.cpu, true) AND coalesce(s.whole_memory <= t.memory, true)
    AND coalesce(s.whole_gpu <= t.gpu, true)
), fitting AS MATERIALIZED (
  SELECT f.* FROM fitting_alone f
  WHERE f.gang_id IS NULL OR f.gang_id IN (
    SELECT o.gang_id FROM fitting_alone o WHERE o.gang_id IS NOT NULL
    GROUP BY o.gang_id, o.gang_size HAVING count(*) = o.gang_size)
), taken AS MATERIALIZED (
  SELECT cluster AS id, sum(cpu)::bigint AS cpu, sum(memory)::bigint AS memory,
    sum(gpu)::bigint AS gpu
  FROM fitting GROUP BY cluster
), taken_devices AS MATERIALIZED (
  SELECT f.cluster AS id, device, sum(f.share)::integer AS share
  FROM fitting f CROSS JOIN unnest(f.devices) AS device GROUP BY f.cluster, device
), devices AS MATERIALIZED (
  SELECT c.id, array_agg(held.share + coalesce(x.share, 0) ORDER BY held.position) AS devices
  FROM locked_clusters c
  JOIN taken t ON t.id = c.id AND t.gpu > 0
  CROSS JOIN unnest(c.gpu_devices) WITH ORDINALITY AS held (share, position)
  LEFT JOIN taken_devices x ON x.id = c.id AND x.device = held.position - 1
  GROUP BY c.id
), remaining AS MATERIALIZED (
  SELECT c.id, c.cpu_capacity, c.memory_capacity, c.gpu_capacity,
    c.cpu_allocated + t.cpu AS cpu, c.memory_allocated + t.memory AS memory,
    c.gpu_allocated + t.gpu AS gpu,
    coalesce(v.devices, c.gpu_devices) AS devices
  FROM locked_clusters c JOIN taken t ON t.id = c.id LEFT JOIN devices v ON v.id = c.id
), take_clusters AS (
  -- A row that another transaction has just changed is checked first with what the statement's
  -- snapshot shows of the columns that are not set here: so every column that a CHECK compares is set.
  UPDATE clusters c SET cpu_allocated = r.cpu, memory_allocated = r.memory, gpu_allocated = r.gpu,
    gpu_devices = r.devices, cpu_capacity = r.cpu_capacity, memory_capacity = r.memory_capacity,
    gpu_capacity = r.gpu_capacity
  FROM remaining r WHERE c.id = r.id
), placed AS (
  UPDATE deployments d SET
    state = 'scheduled', reason = 'placed on ' || f.cluster_name, attempt = f.next_attempt,
    placed_cluster = f.cluster, gpu_devices = f.devices, updated_at = $6::timestamptz,
    scheduled_at = $6::timestamptz, started_at = NULL, not_before = NULL, exit_code = NULL
  FROM fitting f WHERE d.id = f.id
  RETURNING d.id, d.attempt, d.reason, d.traceparent
), events AS (
  INSERT INTO deployment_events (deployment_id, at, epoch, attempt, state, reason)
  SELECT id, $6::timestamptz, $1::bigint, attempt, 'scheduled', reason FROM placed
)
SELECT (SELECT count(*) FROM fence)::integer AS fences, p.id, p.traceparent
FROM (SELECT 1) AS always LEFT JOIN placed p ON true
