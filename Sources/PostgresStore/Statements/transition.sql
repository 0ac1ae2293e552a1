-- Moves deployments on by compare-and-set, and frees what those hold that end or go back to the
-- queue: exactly once, in the same transaction, with an event for each move.
-- $1 id, $2 kind ('cancel', 'complete', 'starting', 'running', 'completed', 'failed', 'lost',
-- 'expired', 'preempted'),
-- $3 scope (array literals of organizations; NULL: all), $4 attempt, $5 cluster (both of what is
-- reported or was decided about; no cluster: it is queued),
-- $6 exit code, $7 retry at, $8 reason, $9 now, $10 epoch (NULL: not fenced),
-- $11 agents heard before this are lost, $12 for which deployment it is preempted.
-- What ends an attempt of one of a gang, but that it completed by itself, ends those of all: the others
-- follow it, back to the queue only if all of them hold. Of several such moves of a gang the first
-- leads; the others race, and so do reports about those that follow.
-- What is fenced is moved by the shard of the cluster that it holds on, what waits by that of its
-- organization.
-- Locks are taken in the order fence, clusters by id, deployments by id.
-- Answers (fences, ordinal, outcome, deployment): 'moved', 'unchanged', or 'race': it was placed
-- elsewhere since the statement began, ask again. No row: there is none in scope, or the report is
-- not about what is there now. Ordinal 0: it followed.
WITH fence AS MATERIALIZED (
  SELECT shard, shards FROM scheduler_epoch WHERE epoch = $10::bigint FOR SHARE
), wanted AS MATERIALIZED (
  SELECT w.*
  FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::integer[], $5::uuid[], $6::integer[],
      $7::timestamptz[], $8::text[], $12::uuid[])
    WITH ORDINALITY AS w (
      id, kind, scope, attempt, cluster, exit_code, retry_at, reason, preemptor, ordinal)
  WHERE $10::bigint IS NULL OR EXISTS (SELECT FROM fence)
), seen AS MATERIALIZED (
  SELECT w.id, w.kind, d.gang_id,
    CASE WHEN d.state IN ('scheduled', 'starting', 'running') THEN d.placed_cluster END AS cluster
  FROM wanted w JOIN deployments d ON d.id = w.id
), members AS MATERIALIZED (
  -- Of the gangs that may move, those named included.
  SELECT m.id,
    CASE WHEN m.state IN ('scheduled', 'starting', 'running') THEN m.placed_cluster END AS cluster
  FROM (
    SELECT DISTINCT s.gang_id FROM seen s
    WHERE s.gang_id IS NOT NULL AND s.kind NOT IN ('starting', 'running', 'completed')) AS g
  JOIN deployments m ON m.gang_id = g.gang_id
), locked_clusters AS MATERIALIZED (
  SELECT c.id, c.organization_id, c.cpu_allocated, c.memory_allocated, c.gpu_allocated, c.gpu_devices,
    c.cpu_capacity, c.memory_capacity, c.gpu_capacity
  FROM clusters c
  WHERE c.id = ANY (ARRAY(
    SELECT s.cluster FROM seen s WHERE s.kind NOT IN ('starting', 'running')
    UNION ALL SELECT m.cluster FROM members m))
  ORDER BY c.id FOR NO KEY UPDATE
), touched AS MATERIALIZED (
  SELECT w.* FROM wanted w
  UNION ALL
  SELECT m.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
  FROM members m WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.id = m.id)
), locked AS MATERIALIZED (
  SELECT d.*, d.state IN ('scheduled', 'starting', 'running') AS holds, w.ordinal, w.kind,
    w.scope, w.attempt AS reported_attempt, w.cluster AS reported_cluster,
    w.exit_code AS reported_exit_code, w.retry_at, w.reason AS next_reason,
    w.preemptor
  FROM touched w JOIN deployments d ON d.id = w.id
  WHERE (SELECT count(*) FROM locked_clusters) >= 0
  ORDER BY d.id FOR NO KEY UPDATE OF d
), taken_before AS MATERIALIZED (
  -- Of an organization's work that is preempted on a cluster, what goes before each.
  SELECT d.ordinal, d.id, d.preemptor, d.placed_cluster, sum(d.cpu) OVER earlier - d.cpu AS cpu,
    sum(d.memory) OVER earlier - d.memory AS memory, sum(d.gpu) OVER earlier - d.gpu AS gpu
  FROM locked d WHERE d.kind = 'preempted'
  WINDOW earlier AS (PARTITION BY d.placed_cluster, d.organization_id ORDER BY d.ordinal)
), preemptible AS MATERIALIZED (
  SELECT t.ordinal FROM taken_before t
  WHERE may_preempt(t.preemptor, t.id, t.placed_cluster, t.cpu, t.memory, t.gpu)
), matched AS MATERIALIZED (
  SELECT * FROM locked d
  WHERE (d.scope IS NULL OR d.organization_id = ANY (d.scope::uuid[]))
    AND (d.kind IN ('cancel', 'complete') OR (
      d.holds AND d.attempt = d.reported_attempt AND d.placed_cluster = d.reported_cluster)
      OR d.kind = 'expired' AND d.state = 'queued' AND d.attempt = d.reported_attempt
        AND d.reported_cluster IS NULL)
    AND (d.kind <> 'expired'
      OR d.state <> 'running' AND NOT d.has_run AND d.start_by <= $9::timestamptz
      OR d.state = 'queued' AND coalesce(d.requeued_at, d.created_at)
        + d.queue_time_to_live * interval '1 microsecond' <= $9::timestamptz)
    -- An array, so that all are judged before one is moved: the function sees what this statement
    -- has changed.
    AND (d.kind <> 'preempted' OR d.ordinal = ANY (ARRAY(SELECT ordinal FROM preemptible)))
    AND (d.kind <> 'lost' OR EXISTS (
      SELECT FROM agent_sessions s
      WHERE s.cluster_id = d.placed_cluster AND s.seen_at < $11::timestamptz))
    AND ($10::bigint IS NULL OR (SELECT shard FROM fence) = shard_of(
      coalesce((
        SELECT c.organization_id FROM locked_clusters c WHERE d.holds AND c.id = d.placed_cluster),
        d.organization_id),
      (SELECT shards FROM fence)))
), decided AS MATERIALIZED (
  -- Whole: all of its gang hold, so they can go back to the queue together.
  SELECT m.*, CASE
    WHEN m.kind = 'cancel' AND (m.holds OR m.state = 'queued') THEN 'cancelled'
    WHEN m.kind = 'complete' AND m.holds THEN 'completed'
    WHEN m.kind = 'starting' AND m.state = 'scheduled' THEN 'starting'
    WHEN m.kind = 'running' AND m.state IN ('scheduled', 'starting') THEN 'running'
    WHEN m.kind = 'completed' THEN 'completed'
    WHEN m.kind IN ('failed', 'lost') THEN
      CASE WHEN m.retry_at IS NOT NULL AND m.attempt < m.max_attempts AND m.is_whole THEN 'queued'
        ELSE 'failed' END
    WHEN m.kind = 'expired' THEN 'failed'
    -- Preemption never ends a deployment.
    WHEN m.kind = 'preempted' AND m.attempt < m.max_attempts AND m.is_whole THEN 'queued'
    END AS next
  FROM (
    SELECT m.*, CASE WHEN m.gang_id IS NULL THEN true ELSE (
      SELECT count(*) FROM locked l WHERE l.gang_id = m.gang_id AND l.holds) = m.gang_size
      END AS is_whole
    FROM matched m) AS m
), leaders AS MATERIALIZED (
  SELECT DISTINCT ON (d.gang_id) d.gang_id, d.gang_index, d.id, d.next, d.retry_at, d.next_reason
  FROM decided d
  WHERE d.gang_id IS NOT NULL AND d.next IS NOT NULL
    AND d.kind NOT IN ('starting', 'running', 'completed')
  ORDER BY d.gang_id, d.ordinal
), moving AS MATERIALIZED (
  SELECT d.id, d.ordinal, d.next, d.retry_at, d.next_reason,
    CASE WHEN d.kind IN ('completed', 'failed') THEN d.reported_exit_code ELSE d.exit_code END
      AS next_exit_code
  FROM decided d
  WHERE d.next IS NOT NULL
    AND NOT EXISTS (SELECT FROM leaders g WHERE g.gang_id = d.gang_id AND g.id <> d.id)
  UNION ALL
  SELECT l.id, 0, g.next, g.retry_at, format('replica %s: %s', g.gang_index, g.next_reason),
    l.exit_code
  FROM leaders g JOIN locked l ON l.gang_id = g.gang_id AND l.id <> g.id
  WHERE l.holds OR l.state = 'queued'
), judged AS MATERIALIZED (
  SELECT l.id, l.gang_id, l.state, l.holds, l.attempt, l.placed_cluster, l.gpu_devices, l.cpu,
    l.memory, l.gpu, l.scheduled_at, l.started_at, l.requeued_at, l.has_run, m.ordinal, m.next,
    m.retry_at, m.next_reason, m.next_exit_code,
    l.holds AND m.next NOT IN ('starting', 'running') AS frees,
    l.holds AND m.next NOT IN ('starting', 'running')
      AND NOT EXISTS (SELECT FROM locked_clusters c WHERE c.id = l.placed_cluster) AS is_race
  FROM moving m JOIN locked l ON l.id = m.id
), moved AS MATERIALIZED (
  SELECT * FROM judged j
  WHERE NOT j.is_race AND (j.gang_id IS NULL OR j.gang_id NOT IN (
    SELECT r.gang_id FROM judged r WHERE r.is_race AND r.gang_id IS NOT NULL))
), freed AS MATERIALIZED (
  SELECT placed_cluster AS id, sum(cpu)::bigint AS cpu, sum(memory)::bigint AS memory,
    sum(gpu)::bigint AS gpu
  FROM moved WHERE frees GROUP BY placed_cluster
), freed_devices AS MATERIALIZED (
  SELECT m.placed_cluster AS id, device, sum(least(m.gpu, 1000))::integer AS share
  FROM moved m CROSS JOIN unnest(m.gpu_devices) AS device
  WHERE m.frees GROUP BY m.placed_cluster, device
), devices AS MATERIALIZED (
  SELECT c.id, array_agg(held.share - coalesce(x.share, 0) ORDER BY held.position) AS devices
  FROM locked_clusters c
  JOIN freed f ON f.id = c.id AND f.gpu > 0
  CROSS JOIN unnest(c.gpu_devices) WITH ORDINALITY AS held (share, position)
  LEFT JOIN freed_devices x ON x.id = c.id AND x.device = held.position - 1
  GROUP BY c.id
), remaining AS MATERIALIZED (
  -- From the locked rows, so these are the latest whatever the statement's snapshot is.
  SELECT c.id, c.cpu_capacity, c.memory_capacity, c.gpu_capacity,
    c.cpu_allocated - f.cpu AS cpu, c.memory_allocated - f.memory AS memory,
    c.gpu_allocated - f.gpu AS gpu,
    coalesce(v.devices, c.gpu_devices) AS devices
  FROM locked_clusters c JOIN freed f ON f.id = c.id LEFT JOIN devices v ON v.id = c.id
), free_clusters AS (
  -- A row that another transaction has just changed is checked first with what the statement's
  -- snapshot shows of the columns that are not set here: so every column that a CHECK compares is set.
  UPDATE clusters c SET cpu_allocated = r.cpu, memory_allocated = r.memory, gpu_allocated = r.gpu,
    gpu_devices = r.devices, cpu_capacity = r.cpu_capacity, memory_capacity = r.memory_capacity,
    gpu_capacity = r.gpu_capacity
  FROM remaining r WHERE c.id = r.id
), changed AS (
  UPDATE deployments d SET
    state = m.next, reason = m.next_reason, updated_at = $9::timestamptz, attempt = m.attempt,
    placed_cluster = m.placed_cluster,
    gpu_devices = CASE WHEN m.frees THEN '{}' ELSE m.gpu_devices END,
    not_before = CASE WHEN m.next = 'queued' THEN m.retry_at END,
    exit_code = m.next_exit_code,
    scheduled_at = CASE WHEN m.next = 'queued' THEN NULL ELSE m.scheduled_at END,
    started_at = CASE WHEN m.next = 'queued' THEN NULL
      WHEN m.next = 'running' THEN $9::timestamptz ELSE m.started_at END,
    ended_at = CASE WHEN m.next IN ('completed', 'failed', 'cancelled') THEN $9::timestamptz END,
    requeued_at = CASE WHEN m.next = 'queued' THEN $9::timestamptz ELSE m.requeued_at END,
    has_run = m.has_run OR m.next = 'running'
  FROM moved m WHERE d.id = m.id
  RETURNING d.*
), events AS (
  INSERT INTO deployment_events (deployment_id, at, epoch, attempt, state, reason)
  SELECT id, $9::timestamptz, $10::bigint, attempt, next, next_reason FROM moved
), answers AS (
  SELECT m.ordinal, 'moved' AS outcome,
    {deployment d}
  FROM moved m JOIN changed d ON d.id = m.id
  UNION ALL
  SELECT j.ordinal, CASE WHEN j.next IS NULL THEN 'unchanged' ELSE 'race' END,
    {deployment d}
  FROM decided j JOIN locked d ON d.ordinal = j.ordinal
  WHERE NOT EXISTS (SELECT FROM moved m WHERE m.ordinal = j.ordinal)
)
SELECT (SELECT count(*) FROM fence)::integer AS fences, a.*
FROM (SELECT 1) AS always LEFT JOIN answers a ON true
