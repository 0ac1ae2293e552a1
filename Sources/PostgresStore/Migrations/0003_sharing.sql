-- Clusters shared between organizations, and quotas.

-- What an organization may hold on a cluster. A row of another organization than the owner is a share,
-- which gives the right to run there once it is accepted: the owner's agent sees what runs, so nobody's
-- work goes to a cluster that its own admins have not agreed to. guaranteed: what it can always claim.
-- limit: what it may hold at most with what it borrows; NULL: no limit of its own. lowered_at: when
-- the row came to allow less than was held; what was placed until then may be above it still. Whoever
-- changes a row changes its cluster's changed_xid, under the cluster's lock.
CREATE TABLE cluster_quotas (
  cluster_id uuid NOT NULL
    CONSTRAINT cluster_quotas_cluster REFERENCES clusters (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL
    CONSTRAINT cluster_quotas_organization REFERENCES organizations (id) ON DELETE CASCADE,
  cpu_guaranteed bigint NOT NULL,
  memory_guaranteed bigint NOT NULL,
  gpu_guaranteed bigint NOT NULL,
  cpu_limit bigint,
  memory_limit bigint,
  gpu_limit bigint,
  may_borrow boolean NOT NULL,
  is_accepted boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  lowered_at timestamptz NOT NULL DEFAULT '-infinity',
  cpu_ceiling bigint GENERATED ALWAYS AS (
    CASE WHEN may_borrow THEN cpu_limit ELSE cpu_guaranteed END) STORED,
  memory_ceiling bigint GENERATED ALWAYS AS (
    CASE WHEN may_borrow THEN memory_limit ELSE memory_guaranteed END) STORED,
  gpu_ceiling bigint GENERATED ALWAYS AS (
    CASE WHEN may_borrow THEN gpu_limit ELSE gpu_guaranteed END) STORED,
  CONSTRAINT cluster_quotas_unique PRIMARY KEY (cluster_id, organization_id),
  CONSTRAINT cluster_quotas_amounts CHECK (
    cpu_guaranteed >= 0 AND memory_guaranteed >= 0 AND gpu_guaranteed >= 0),
  CONSTRAINT cluster_quotas_limits CHECK (
    cpu_limit >= cpu_guaranteed AND memory_limit >= memory_guaranteed
    AND gpu_limit >= gpu_guaranteed)
);
CREATE INDEX cluster_quotas_by_organization ON cluster_quotas (organization_id);

-- What an organization may hold on all clusters together, how many of its deployments may wait, and its
-- weight against others. No row: no limit, weight 1.
CREATE TABLE organization_quotas (
  organization_id uuid CONSTRAINT organization_quotas_unique PRIMARY KEY
    CONSTRAINT organization_quotas_organization REFERENCES organizations (id) ON DELETE CASCADE,
  cpu_limit bigint,
  memory_limit bigint,
  gpu_limit bigint,
  queued_limit integer,
  weight_millis bigint NOT NULL DEFAULT 1000,
  updated_at timestamptz NOT NULL DEFAULT now(),
  lowered_at timestamptz NOT NULL DEFAULT now(),
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT organization_quotas_amounts CHECK (
    cpu_limit >= 0 AND memory_limit >= 0 AND gpu_limit >= 0 AND queued_limit >= 0),
  CONSTRAINT organization_quotas_weight CHECK (weight_millis > 0)
);
CREATE INDEX organization_quotas_changed ON organization_quotas (changed_xid);

-- Where an organization may run, and what it can come to hold there at most.
CREATE VIEW cluster_access AS
  SELECT c.id, c.organization_id, least(c.cpu_capacity, q.cpu_ceiling) AS most_cpu,
    least(c.memory_capacity, q.memory_ceiling) AS most_memory,
    least(c.gpu_capacity, q.gpu_ceiling) AS most_gpu, c.gpu_model
  FROM clusters c LEFT JOIN cluster_quotas q
    ON q.cluster_id = c.id AND q.organization_id = c.organization_id
  UNION ALL
  SELECT c.id, q.organization_id, least(c.cpu_capacity, q.cpu_ceiling),
    least(c.memory_capacity, q.memory_ceiling), least(c.gpu_capacity, q.gpu_ceiling), c.gpu_model
  FROM cluster_quotas q JOIN clusters c ON c.id = q.cluster_id
  WHERE q.is_accepted AND q.organization_id <> c.organization_id;

-- What an organization holds, on one cluster or (NULL) on all. VOLATILE, so that it sees what has
-- committed when it is called, not when the statement that calls it began: place.sql calls it under
-- locks that it has waited for.
CREATE FUNCTION held_resources(
  of_organization uuid, on_cluster uuid, OUT cpu numeric, OUT memory numeric, OUT gpu numeric
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF on_cluster IS NULL THEN
    SELECT coalesce(sum(d.cpu), 0), coalesce(sum(d.memory), 0), coalesce(sum(d.gpu), 0)
    INTO cpu, memory, gpu
    FROM deployments d
    WHERE d.organization_id = of_organization AND d.state IN ('scheduled', 'starting', 'running');
  ELSE
    SELECT coalesce(sum(d.cpu), 0), coalesce(sum(d.memory), 0), coalesce(sum(d.gpu), 0)
    INTO cpu, memory, gpu
    FROM deployments d
    WHERE d.placed_cluster = on_cluster AND d.organization_id = of_organization
      AND d.state IN ('scheduled', 'starting', 'running');
  END IF;
END $$;
