-- The invariants I1 to I8 of docs/scheduling.md, asked of the tables alone: one row (invariant,
-- subject, detail) a violation. AdminService.CheckInvariants, `berth admin check`, the fault tests and
-- `psql -f` all run this file. One statement: it sees one moment.
WITH holding AS MATERIALIZED (
  SELECT d.*, least(d.gpu, 1000)::integer AS share FROM deployments d
  WHERE d.state IN ('scheduled', 'starting', 'running')
), sums AS MATERIALIZED (
  SELECT placed_cluster AS id, sum(cpu) AS cpu, sum(memory) AS memory, sum(gpu) AS gpu
  FROM holding GROUP BY placed_cluster
), device_sums AS MATERIALIZED (
  SELECT h.placed_cluster AS id, device, sum(h.share) AS share
  FROM holding h CROSS JOIN unnest(h.gpu_devices) AS device GROUP BY h.placed_cluster, device
), held_here AS MATERIALIZED (
  -- By organization on clusters, and (cluster NULL) on all.
  SELECT placed_cluster AS cluster, organization_id AS organization, sum(cpu) AS cpu,
    sum(memory) AS memory, sum(gpu) AS gpu, max(scheduled_at) AS last_placed_at
  FROM holding GROUP BY GROUPING SETS ((placed_cluster, organization_id), (organization_id))
), terms AS MATERIALIZED (
  -- With how often the number of shards had changed before each.
  SELECT epoch, shard, count(*) FILTER (WHERE shards <> before) OVER (ORDER BY epoch) AS layout
  FROM (
    SELECT epoch, shard, shards, lag(shards) OVER (ORDER BY epoch) AS before FROM scheduler_terms
  ) AS t
), fenced AS MATERIALIZED (
  SELECT e.sequence, e.epoch, t.layout,
    max(e.epoch) OVER (
      PARTITION BY t.shard ORDER BY e.sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      AS earlier,
    max(t.layout) OVER (
      ORDER BY e.sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_layout
  FROM deployment_events e LEFT JOIN terms t ON t.epoch = e.epoch WHERE e.epoch IS NOT NULL
), latest AS MATERIALIZED (
  SELECT DISTINCT ON (deployment_id) deployment_id, state, attempt
  FROM deployment_events ORDER BY deployment_id, sequence DESC
)
SELECT 'I1' AS invariant, format('cluster %s', c.id) AS subject,
  format('allocated cpu %s, memory %s, gpu %s; its deployments hold %s, %s, %s',
    c.cpu_allocated, c.memory_allocated, c.gpu_allocated, coalesce(s.cpu, 0),
    coalesce(s.memory, 0), coalesce(s.gpu, 0)) AS detail
FROM clusters c LEFT JOIN sums s ON s.id = c.id
WHERE (c.cpu_allocated, c.memory_allocated, c.gpu_allocated)
  IS DISTINCT FROM (coalesce(s.cpu, 0), coalesce(s.memory, 0), coalesce(s.gpu, 0))
UNION ALL
SELECT 'I1', format('cluster %s', c.id),
  format('bounds broken: cpu %s of %s, memory %s of %s, gpu %s of %s, devices %s',
    c.cpu_allocated, c.cpu_capacity, c.memory_allocated, c.memory_capacity, c.gpu_allocated,
    c.gpu_capacity, c.gpu_devices)
FROM clusters c
WHERE NOT (c.cpu_allocated BETWEEN 0 AND c.cpu_capacity
  AND c.memory_allocated BETWEEN 0 AND c.memory_capacity
  AND c.gpu_allocated BETWEEN 0 AND c.gpu_capacity
  AND 0 <= ALL (c.gpu_devices) AND 1000 >= ALL (c.gpu_devices))
UNION ALL
SELECT 'I1', format('cluster %s', c.id), format('device %s: %s allocated, its deployments hold %s',
  held.position - 1, held.share, coalesce(s.share, 0))
FROM clusters c
CROSS JOIN unnest(c.gpu_devices) WITH ORDINALITY AS held (share, position)
LEFT JOIN device_sums s ON s.id = c.id AND s.device = held.position - 1
WHERE held.share IS DISTINCT FROM coalesce(s.share, 0)
UNION ALL
SELECT 'I1', format('deployment %s', h.id),
  format('holds device %s, which cluster %s has not', device, c.id)
FROM holding h JOIN clusters c ON c.id = h.placed_cluster CROSS JOIN unnest(h.gpu_devices) AS device
WHERE device NOT BETWEEN 0 AND cardinality(c.gpu_devices) - 1
UNION ALL
SELECT 'I2', format('deployment %s', d.id),
  format('is %s in attempt %s, its last event says %s in attempt %s',
    d.state, d.attempt, coalesce(l.state, 'nothing'), l.attempt)
FROM deployments d LEFT JOIN latest l ON l.deployment_id = d.id
WHERE (l.state, l.attempt) IS DISTINCT FROM (d.state, d.attempt)
UNION ALL
SELECT 'I2', format('deployment %s', l.deployment_id), 'has events but does not exist'
FROM latest l LEFT JOIN deployments d ON d.id = l.deployment_id WHERE d.id IS NULL
UNION ALL
SELECT 'I2', format('idempotency key %L', k.key),
  format('leads to deployment %s, which does not exist', k.deployment_id)
FROM idempotency_keys k LEFT JOIN deployments d ON d.id = k.deployment_id WHERE d.id IS NULL
UNION ALL
SELECT 'I3', format('deployment %s', h.id),
  format('holds resources on cluster %s, where it may not run',
    coalesce(h.placed_cluster::text, 'none'))
FROM holding h
LEFT JOIN clusters c ON c.id = h.placed_cluster AND (
  c.organization_id = h.organization_id OR EXISTS (
    SELECT FROM cluster_quotas a
    WHERE a.cluster_id = c.id AND a.organization_id = h.organization_id AND a.is_accepted))
WHERE c.id IS NULL OR (h.requested_cluster IS NOT NULL AND h.requested_cluster <> h.placed_cluster)
UNION ALL
SELECT 'I3', format('deployment %s', d.id), format('is %s and holds devices %s', d.state, d.gpu_devices)
FROM deployments d
WHERE d.state NOT IN ('scheduled', 'starting', 'running') AND cardinality(d.gpu_devices) > 0
UNION ALL
SELECT 'I4', format('deployment %s', d.id), format('%s attempts of %s', d.attempt, d.max_attempts)
FROM deployments d WHERE d.attempt > d.max_attempts OR d.attempt < 0
UNION ALL
SELECT 'I5', format('event %s', e.sequence),
  format('was written under epoch %s after one of epoch %s of the same shard', e.epoch, e.earlier)
FROM fenced e WHERE e.epoch < e.earlier
UNION ALL
SELECT 'I5', format('event %s', e.sequence),
  format('was written under epoch %s after the number of shards had changed', e.epoch)
FROM fenced e WHERE e.layout < e.earlier_layout
UNION ALL
SELECT 'I5', format('event %s', e.sequence),
  format('was written under epoch %s, which has not begun', e.epoch)
FROM fenced e WHERE e.layout IS NULL
UNION ALL
-- Quiet: nothing of its organization changed for 10 s, and an agent was there all the while. Only for
-- the first in the queue of its organization: room may be reserved for it against those behind.
SELECT 'I6', format('deployment %s', q.id), format('fits on cluster %s and waits for %s s', c.id,
  floor(extract(epoch FROM now() - q.updated_at)))
FROM (
  SELECT DISTINCT ON (organization_id) * FROM deployments
  WHERE state = 'queued' AND (not_before IS NULL OR not_before < now() - interval '10 s')
  ORDER BY organization_id, priority DESC, created_at, id) AS q
JOIN cluster_access a ON a.organization_id = q.organization_id
JOIN clusters c ON c.id = a.id
  AND (q.requested_cluster IS NULL OR q.requested_cluster = c.id)
  AND (q.gpu = 0 OR cardinality(q.gpu_models) = 0 OR c.gpu_model = ANY (q.gpu_models))
JOIN agent_sessions s ON s.cluster_id = c.id AND s.detached_at IS NULL
  AND s.seen_at > now() - interval '10 s' AND s.attached_at < now() - interval '10 s'
-- Of a gang all have to fit at once, which this does not look at.
WHERE q.updated_at < now() - interval '10 s' AND q.gang_id IS NULL
  AND c.cpu_capacity - c.cpu_allocated >= q.cpu
  AND c.memory_capacity - c.memory_allocated >= q.memory
  AND (
    SELECT count(*) FROM unnest(c.gpu_devices) AS held (share)
    WHERE held.share + least(q.gpu, 1000) <= 1000) >= (q.gpu + 999) / 1000
  AND NOT EXISTS (
    SELECT FROM deployments d WHERE d.organization_id = q.organization_id
      AND d.updated_at > now() - interval '10 s')
  AND c.updated_at < now() - interval '10 s'
  AND NOT EXISTS (
    SELECT FROM cluster_quotas r LEFT JOIN held_here h
      ON h.cluster = r.cluster_id AND h.organization = r.organization_id
    WHERE r.cluster_id = c.id AND r.organization_id = q.organization_id AND (
      r.updated_at > now() - interval '10 s'
      OR r.cpu_ceiling < coalesce(h.cpu, 0) + q.cpu
      OR r.memory_ceiling < coalesce(h.memory, 0) + q.memory
      OR r.gpu_ceiling < coalesce(h.gpu, 0) + q.gpu))
  AND NOT EXISTS (
    SELECT FROM organization_quotas r LEFT JOIN held_here h
      ON h.cluster IS NULL AND h.organization = r.organization_id
    WHERE r.organization_id = q.organization_id AND (
      r.updated_at > now() - interval '10 s'
      OR r.cpu_limit < coalesce(h.cpu, 0) + q.cpu
      OR r.memory_limit < coalesce(h.memory, 0) + q.memory
      OR r.gpu_limit < coalesce(h.gpu, 0) + q.gpu))
  -- Of a shared cluster room may be reserved for, or just have been given to, another organization.
  AND NOT EXISTS (
    SELECT FROM cluster_access o JOIN deployments d ON d.organization_id = o.organization_id
    WHERE o.id = c.id AND o.organization_id <> q.organization_id
      AND d.state IN ('queued', 'scheduled', 'starting', 'running')
      AND (d.state = 'queued' OR d.updated_at > now() - interval '10 s'))
UNION ALL
-- What was placed before a quota came to allow less may stay.
SELECT 'I7', format('organization %s', h.organization),
  format('holds cpu %s, memory %s, gpu %s on cluster %s, where its quota is %s, %s, %s', h.cpu,
    h.memory, h.gpu, h.cluster, r.cpu_ceiling, r.memory_ceiling, r.gpu_ceiling)
FROM held_here h JOIN cluster_quotas r
  ON r.cluster_id = h.cluster AND r.organization_id = h.organization
WHERE (h.cpu > r.cpu_ceiling OR h.memory > r.memory_ceiling OR h.gpu > r.gpu_ceiling)
  AND h.last_placed_at > r.lowered_at + interval '10 s'
UNION ALL
SELECT 'I7', format('organization %s', h.organization),
  format('holds cpu %s, memory %s, gpu %s in all, where its quota is %s, %s, %s', h.cpu, h.memory,
    h.gpu, r.cpu_limit, r.memory_limit, r.gpu_limit)
FROM held_here h JOIN organization_quotas r ON h.cluster IS NULL AND r.organization_id = h.organization
WHERE (h.cpu > r.cpu_limit OR h.memory > r.memory_limit OR h.gpu > r.gpu_limit)
  AND h.last_placed_at > r.lowered_at + interval '10 s'
UNION ALL
SELECT 'I7', format('cluster %s', c.id),
  format('guarantees cpu %s, memory %s, gpu %s; it has %s, %s, %s', g.cpu, g.memory, g.gpu,
    c.cpu_capacity, c.memory_capacity, c.gpu_capacity)
FROM clusters c JOIN (
  SELECT cluster_id, sum(cpu_guaranteed) AS cpu, sum(memory_guaranteed) AS memory,
    sum(gpu_guaranteed) AS gpu
  FROM cluster_quotas GROUP BY cluster_id) AS g ON g.cluster_id = c.id
WHERE g.cpu > c.cpu_capacity OR g.memory > c.memory_capacity OR g.gpu > c.gpu_capacity
UNION ALL
-- A gang is whole, and queued whole or not at all.
SELECT 'I8', format('gang %s', g.gang_id),
  format('has %s of %s deployments, %s of them queued', g.members, g.size, g.queued)
FROM (
  SELECT gang_id, max(gang_size) AS size, min(gang_size) AS least_size, count(*) AS members,
    count(*) FILTER (WHERE state = 'queued') AS queued,
    count(DISTINCT attempt) AS attempts
  FROM deployments WHERE gang_id IS NOT NULL GROUP BY gang_id) AS g
WHERE g.members <> g.size OR g.least_size <> g.size OR g.queued NOT IN (0, g.size)
  OR g.attempts > 1
