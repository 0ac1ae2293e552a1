-- What is guaranteed may be taken back from those who borrow it.

-- reclaim: what the organization may take back of what it is guaranteed: nothing, from work of lower
-- priority, or from any.
ALTER TABLE cluster_quotas ADD COLUMN reclaim text COLLATE "C" NOT NULL DEFAULT 'never'
  CONSTRAINT cluster_quotas_reclaim CHECK (reclaim IN ('never', 'lower-priority', 'any'));

-- is_claim: it reclaims what its organization is guaranteed; all others stand behind it.
ALTER TABLE reservations ADD COLUMN is_claim boolean NOT NULL DEFAULT false;

-- What each organization can always claim on a cluster. The owner without a quota of its own has what
-- is not guaranteed to others.
CREATE VIEW cluster_guarantees AS
  SELECT q.cluster_id, q.organization_id, q.cpu_guaranteed AS cpu, q.memory_guaranteed AS memory,
    q.gpu_guaranteed AS gpu, CASE WHEN q.is_accepted THEN q.reclaim ELSE 'never' END AS reclaim
  FROM cluster_quotas q
  UNION ALL
  SELECT c.id, c.organization_id, c.cpu_capacity - coalesce(q.cpu, 0),
    c.memory_capacity - coalesce(q.memory, 0), c.gpu_capacity - coalesce(q.gpu, 0), 'never'
  FROM clusters c CROSS JOIN LATERAL (
    SELECT sum(cpu_guaranteed)::bigint AS cpu, sum(memory_guaranteed)::bigint AS memory,
      sum(gpu_guaranteed)::bigint AS gpu
    FROM cluster_quotas WHERE cluster_id = c.id) AS q
  WHERE NOT EXISTS (
    SELECT FROM cluster_quotas o
    WHERE o.cluster_id = c.id AND o.organization_id = c.organization_id);

-- Whether one deployment may be sent back to the queue for another that waits: within an organization
-- by priority, of another organization only what that one has borrowed of what the waiting one asks
-- for, while the waiting one's organization stays within what it is guaranteed. taken_...: what of the
-- victim's organization is taken before it. VOLATILE, as held_resources: transition.sql calls it under
-- the lock of the cluster.
CREATE FUNCTION may_preempt(
  preemptor uuid, victim uuid, on_cluster uuid, taken_cpu numeric, taken_memory numeric,
  taken_gpu numeric
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  waiting record;
  other record;
  claim record;
  lent record;
  held record;
BEGIN
  SELECT d.organization_id, d.priority, d.preempts, d.cpu, d.memory, d.gpu INTO waiting
  FROM deployments d WHERE d.id = preemptor AND d.state = 'queued';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  SELECT d.organization_id, d.priority, d.cpu, d.memory, d.gpu INTO other
  FROM deployments d WHERE d.id = victim;
  IF other.organization_id = waiting.organization_id THEN
    RETURN waiting.preempts AND waiting.priority > other.priority;
  END IF;
  SELECT * INTO claim FROM cluster_guarantees g
  WHERE g.cluster_id = on_cluster AND g.organization_id = waiting.organization_id
    AND (g.reclaim = 'any' OR g.reclaim = 'lower-priority' AND waiting.priority > other.priority);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  held := held_resources(waiting.organization_id, on_cluster);
  IF held.cpu + waiting.cpu > claim.cpu OR held.memory + waiting.memory > claim.memory
    OR held.gpu + waiting.gpu > claim.gpu
  THEN
    RETURN false;
  END IF;
  -- Who has no row any more is guaranteed nothing.
  SELECT coalesce(sum(g.cpu), 0) AS cpu, coalesce(sum(g.memory), 0) AS memory,
    coalesce(sum(g.gpu), 0) AS gpu
  INTO lent FROM cluster_guarantees g
  WHERE g.cluster_id = on_cluster AND g.organization_id = other.organization_id;
  held := held_resources(other.organization_id, on_cluster);
  RETURN other.cpu > 0 AND waiting.cpu > 0 AND held.cpu - taken_cpu > lent.cpu
    OR other.memory > 0 AND waiting.memory > 0 AND held.memory - taken_memory > lent.memory
    OR other.gpu > 0 AND waiting.gpu > 0 AND held.gpu - taken_gpu > lent.gpu;
END $$;
