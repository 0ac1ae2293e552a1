// Written by Scripts/embed-sql.sh from Migrations/ and Statements/. Do not edit.
// swift-format-ignore-file

enum EmbeddedSQL {
  /// In the order in which they run: version, file name, text.
  static let migrations: [(version: Int, name: String, sql: String)] = [
    (
      1, "0001_initial",
      #"""
      -- Berth's schema. Names of constraints are part of the program: PostgresStore maps them to errors.
      -- Text that is ordered by is collated "C", so that keyset pages mean the same to every server.
      -- deployments and deployment_events carry no foreign keys: the statements that write them check what
      -- they refer to, nothing they refer to is ever deleted, and violations.sql looks for orphans.

      CREATE TABLE users (
        id uuid CONSTRAINT users_id_unique PRIMARY KEY,
        username text COLLATE "C" NOT NULL CONSTRAINT users_username_unique UNIQUE,
        display_name text NOT NULL,
        password_hash text NOT NULL,
        is_super_admin boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );

      -- login groups the tokens that descend from one login.
      CREATE TABLE refresh_tokens (
        digest bytea CONSTRAINT refresh_tokens_digest_unique PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT refresh_tokens_user REFERENCES users (id) ON DELETE CASCADE,
        login uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        ended_at timestamptz
      );
      CREATE INDEX refresh_tokens_login ON refresh_tokens (login);
      CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

      CREATE INDEX users_super_admins ON users (created_at) WHERE is_super_admin;

      -- API keys of people (the SuperAdmin's, made at first start).
      CREATE TABLE user_keys (
        digest bytea CONSTRAINT user_keys_digest_unique PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT user_keys_user REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
      );

      CREATE TABLE organizations (
        id uuid CONSTRAINT organizations_id_unique PRIMARY KEY,
        name text COLLATE "C" NOT NULL CONSTRAINT organizations_name_unique UNIQUE,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );

      CREATE TABLE roles (
        name text COLLATE "C" CONSTRAINT roles_name_unique PRIMARY KEY
      );
      INSERT INTO roles (name) VALUES ('admin'), ('developer'), ('viewer');

      CREATE TABLE memberships (
        organization_id uuid NOT NULL
          CONSTRAINT memberships_organization REFERENCES organizations (id) ON DELETE CASCADE,
        user_id uuid NOT NULL CONSTRAINT memberships_user REFERENCES users (id) ON DELETE CASCADE,
        role text COLLATE "C" NOT NULL CONSTRAINT memberships_role REFERENCES roles (name),
        joined_at timestamptz NOT NULL,
        CONSTRAINT memberships_unique PRIMARY KEY (organization_id, user_id)
      );
      CREATE INDEX memberships_by_user ON memberships (user_id);

      -- One code a role; only its digest is kept.
      CREATE TABLE invites (
        organization_id uuid NOT NULL
          CONSTRAINT invites_organization REFERENCES organizations (id) ON DELETE CASCADE,
        role text COLLATE "C" NOT NULL CONSTRAINT invites_role REFERENCES roles (name),
        digest bytea NOT NULL CONSTRAINT invites_digest_unique UNIQUE,
        created_at timestamptz NOT NULL,
        CONSTRAINT invites_unique PRIMARY KEY (organization_id, role)
      );

      -- A policy is a named set of methods with an audience. Audience 'roles': the roles of role_policies.
      CREATE TABLE policies (
        name text COLLATE "C" CONSTRAINT policies_name_unique PRIMARY KEY,
        audience text NOT NULL CONSTRAINT policies_audience
          CHECK (audience IN ('anyone', 'authenticated', 'roles', 'super_admin', 'agent')),
        description text NOT NULL DEFAULT ''
      );

      CREATE TABLE resources (
        method text COLLATE "C" CONSTRAINT resources_method_unique PRIMARY KEY,
        policy text COLLATE "C" NOT NULL CONSTRAINT resources_policy REFERENCES policies (name)
      );

      CREATE TABLE role_policies (
        role text COLLATE "C" NOT NULL CONSTRAINT role_policies_role REFERENCES roles (name),
        policy text COLLATE "C" NOT NULL CONSTRAINT role_policies_policy REFERENCES policies (name),
        CONSTRAINT role_policies_unique PRIMARY KEY (policy, role)
      );

      CREATE TABLE service_accounts (
        id uuid CONSTRAINT service_accounts_id_unique PRIMARY KEY,
        organization_id uuid NOT NULL
          CONSTRAINT service_accounts_organization REFERENCES organizations (id) ON DELETE CASCADE,
        name text COLLATE "C" NOT NULL,
        role text COLLATE "C" NOT NULL CONSTRAINT service_accounts_role REFERENCES roles (name),
        key_digest bytea NOT NULL CONSTRAINT service_accounts_key_unique UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        CONSTRAINT service_accounts_name_unique UNIQUE (organization_id, name)
      );

      -- gpu_devices: thousandths held of each device. The CHECKs are invariant I1's bounds.
      CREATE TABLE clusters (
        id uuid CONSTRAINT clusters_id_unique PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT clusters_organization REFERENCES organizations (id),
        name text COLLATE "C" NOT NULL,
        cpu_capacity bigint NOT NULL,
        memory_capacity bigint NOT NULL,
        gpu_capacity bigint NOT NULL,
        cpu_allocated bigint NOT NULL DEFAULT 0,
        memory_allocated bigint NOT NULL DEFAULT 0,
        gpu_allocated bigint NOT NULL DEFAULT 0,
        gpu_model text NOT NULL DEFAULT '',
        gpu_devices integer[] NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        CONSTRAINT clusters_name_unique UNIQUE (organization_id, name),
        CONSTRAINT clusters_cpu_bounds CHECK (0 <= cpu_allocated AND cpu_allocated <= cpu_capacity),
        CONSTRAINT clusters_memory_bounds
          CHECK (0 <= memory_allocated AND memory_allocated <= memory_capacity),
        CONSTRAINT clusters_gpu_bounds CHECK (0 <= gpu_allocated AND gpu_allocated <= gpu_capacity),
        CONSTRAINT clusters_gpu_whole_devices CHECK (gpu_capacity = cardinality(gpu_devices) * 1000::bigint),
        CONSTRAINT clusters_gpu_device_bounds CHECK (
          0 <= ALL (gpu_devices) AND 1000 >= ALL (gpu_devices)
          AND array_position(gpu_devices, NULL) IS NULL)
      ) WITH (fillfactor = 50);
      CREATE INDEX clusters_changed ON clusters (changed_xid);

      CREATE TABLE agent_tokens (
        digest bytea CONSTRAINT agent_tokens_digest_unique PRIMARY KEY,
        cluster_id uuid NOT NULL CONSTRAINT agent_tokens_cluster REFERENCES clusters (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
      );
      CREATE INDEX agent_tokens_by_cluster ON agent_tokens (cluster_id);

      CREATE TABLE agent_sessions (
        cluster_id uuid CONSTRAINT agent_sessions_cluster_unique PRIMARY KEY
          CONSTRAINT agent_sessions_cluster REFERENCES clusters (id) ON DELETE CASCADE,
        session uuid NOT NULL,
        replica uuid NOT NULL,
        address text NOT NULL,
        version text NOT NULL,
        engine text NOT NULL,
        attached_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        detached_at timestamptz
      ) WITH (fillfactor = 50);

      -- env: names and values in turn. gpu_devices: indexes of the devices that it holds now.
      CREATE TABLE deployments (
        id uuid CONSTRAINT deployments_id_unique PRIMARY KEY,
        organization_id uuid NOT NULL,
        requested_cluster uuid,
        placed_cluster uuid,
        cpu bigint NOT NULL,
        memory bigint NOT NULL,
        gpu bigint NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        not_before timestamptz,
        scheduled_at timestamptz,
        started_at timestamptz,
        ended_at timestamptz,
        priority integer NOT NULL,
        max_attempts integer NOT NULL,
        attempt integer NOT NULL DEFAULT 0,
        exit_code integer,
        state text COLLATE "C" NOT NULL,
        reason text NOT NULL,
        name text NOT NULL,
        image text NOT NULL,
        created_by text NOT NULL,
        command text[] NOT NULL,
        env text[] NOT NULL,
        gpu_models text[] NOT NULL,
        gpu_devices integer[] NOT NULL DEFAULT '{}',
        CONSTRAINT deployments_state CHECK (state IN (
          'queued', 'scheduled', 'starting', 'running', 'completed', 'failed', 'cancelled')),
        CONSTRAINT deployments_attempts CHECK (0 <= attempt AND attempt <= max_attempts),
        CONSTRAINT deployments_amounts CHECK (
          cpu >= 0 AND memory >= 0 AND gpu >= 0 AND (gpu < 1000 OR gpu % 1000 = 0)),
        CONSTRAINT deployments_env_pairs CHECK (cardinality(env) % 2 = 0),
        CONSTRAINT deployments_holding CHECK (
          CASE WHEN state IN ('scheduled', 'starting', 'running')
            THEN placed_cluster IS NOT NULL AND attempt > 0
              AND cardinality(gpu_devices) = (gpu + 999) / 1000
            ELSE cardinality(gpu_devices) = 0 END),
        CONSTRAINT deployments_end CHECK (
          (state IN ('completed', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
      ) WITH (fillfactor = 80);
      -- Listings go organization by organization: an index over all of them would tempt the planner to look
      -- for a small organization's few through everybody's many.
      CREATE INDEX deployments_newest ON deployments (organization_id, created_at, id);
      -- What is not over, by which the queue is found however long the history is.
      CREATE INDEX deployments_active ON deployments (organization_id, created_at, id)
        WHERE state IN ('queued', 'scheduled', 'starting', 'running');
      CREATE INDEX deployments_holding_on_cluster ON deployments (placed_cluster, id)
        WHERE state IN ('scheduled', 'starting', 'running');

      -- The history, and the change feed: changed_xid is the transaction that wrote the row. epoch is set
      -- where a scheduler's term wrote it.
      CREATE TABLE deployment_events (
        deployment_id uuid NOT NULL,
        sequence bigint GENERATED ALWAYS AS IDENTITY,
        changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at timestamptz NOT NULL,
        epoch bigint,
        attempt integer NOT NULL,
        state text COLLATE "C" NOT NULL,
        reason text NOT NULL,
        CONSTRAINT deployment_events_unique PRIMARY KEY (deployment_id, sequence)
      );
      CREATE INDEX deployment_events_changed ON deployment_events (changed_xid, sequence);

      CREATE TABLE idempotency_keys (
        organization_id uuid NOT NULL,
        caller text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        request_digest bytea NOT NULL,
        deployment_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT idempotency_keys_unique PRIMARY KEY (organization_id, caller, key)
      );
      CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

      -- The fence, and apart from it the term's lease: renewing must not wait for transactions that hold
      -- the fence FOR SHARE.
      CREATE TABLE scheduler_epoch (
        singleton boolean CONSTRAINT scheduler_epoch_unique PRIMARY KEY DEFAULT true CHECK (singleton),
        epoch bigint NOT NULL,
        leader uuid,
        began_at timestamptz
      );
      INSERT INTO scheduler_epoch (epoch) VALUES (0);

      CREATE TABLE scheduler_lease (
        singleton boolean CONSTRAINT scheduler_lease_unique PRIMARY KEY DEFAULT true CHECK (singleton),
        epoch bigint NOT NULL,
        expires_at timestamptz NOT NULL
      );
      INSERT INTO scheduler_lease (epoch, expires_at) VALUES (0, '-infinity');
      """#
    ),
    (
      2, "0002_queue_life",
      #"""
      -- How a deployment may wait, and preemption.

      -- protection: microseconds for which an attempt of it is not preempted.
      CREATE TABLE priority_classes (
        name text COLLATE "C" CONSTRAINT priority_classes_name_unique PRIMARY KEY,
        priority integer NOT NULL,
        preempts boolean NOT NULL,
        protection bigint NOT NULL,
        updated_at timestamptz NOT NULL
      );
      INSERT INTO priority_classes (name, priority, preempts, protection, updated_at) VALUES
        ('batch', 100, false, 60000000, now()),
        ('standard', 500, false, 300000000, now()),
        ('urgent', 900, true, 600000000, now());

      -- queue_time_to_live and protection in microseconds. requeued_at: when it last came back to the queue.
      -- priority_class, preempts and protection are those of when it was created or last changed; an empty
      -- class is a bare priority. has_run: it has been running, so start_by has no say any more.
      ALTER TABLE deployments
        ADD COLUMN queue_time_to_live bigint,
        ADD COLUMN start_by timestamptz,
        ADD COLUMN priority_class text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN preempts boolean NOT NULL DEFAULT false,
        ADD COLUMN protection bigint NOT NULL DEFAULT 60000000,
        ADD COLUMN requeued_at timestamptz,
        ADD COLUMN has_run boolean NOT NULL DEFAULT false;
      """#
    ),
    (
      3, "0003_sharing",
      #"""
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
      """#
    ),
    (
      4, "0004_reservations",
      #"""
      -- What the leading scheduler keeps room for, told for explanations and never read for a decision: the
      -- engine makes its reservations anew from the queue. A row whose deployment does not wait any more is
      -- void.
      CREATE TABLE reservations (
        cluster_id uuid CONSTRAINT reservations_cluster_unique PRIMARY KEY,
        deployment_id uuid NOT NULL,
        gpu_devices integer[] NOT NULL,
        backfilled_cpu bigint NOT NULL,
        backfilled_memory bigint NOT NULL
      );

      -- The queue in its order: who stands ahead is counted and named without a look at the rest.
      CREATE INDEX deployments_queue ON deployments (organization_id, priority, created_at, id)
        WHERE state = 'queued';
      """#
    ),
    (
      5, "0005_reclaim",
      #"""
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
      """#
    ),
    (
      6, "0006_gangs",
      #"""
      -- Gangs: deployments that are placed all or none.

      -- gang_id: the id of the gang's deployment of index 0; NULL: not of a gang. A gang is either queued
      -- whole or not at all, so its deployments begin their attempts together (violations.sql, I8).
      ALTER TABLE deployments
        ADD COLUMN gang_id uuid,
        ADD COLUMN gang_size integer,
        ADD COLUMN gang_index integer,
        ADD CONSTRAINT deployments_gang CHECK (
          CASE WHEN gang_id IS NULL THEN gang_size IS NULL AND gang_index IS NULL
            ELSE gang_size > 1 AND gang_index BETWEEN 0 AND gang_size - 1
              AND (gang_index = 0) = (gang_id = id) END);
      CREATE UNIQUE INDEX deployments_by_gang ON deployments (gang_id, gang_index)
        WHERE gang_id IS NOT NULL;

      -- Room is kept for so many of the gang on this cluster.
      ALTER TABLE reservations ADD COLUMN replicas integer NOT NULL DEFAULT 1;
      """#
    ),
    (
      7, "0007_shards",
      #"""
      -- Scheduling in shards: one term, one lease and one fence for each.

      -- Which shard of so many an organization and its clusters are of. What is taken of the id are its last 32
      -- bits, which are random (UUIDv7). Domain's Shard says the same.
      CREATE FUNCTION shard_of(organization uuid, shards integer) RETURNS integer
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (('x' || right(organization::text, 8))::bit(32)::bigint % shards)::integer
      $$;

      -- Every term there was: epochs of all shards are one sequence, so that an epoch says of which shard it
      -- is. shards: how many there were then.
      CREATE TABLE scheduler_terms (
        epoch bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT scheduler_terms_unique PRIMARY KEY,
        shard integer NOT NULL,
        shards integer NOT NULL,
        leader uuid,
        began_at timestamptz
      );
      INSERT INTO scheduler_terms (epoch, shard, shards) OVERRIDING SYSTEM VALUE
        SELECT past.epoch, 0, 1 FROM scheduler_epoch e CROSS JOIN generate_series(1, e.epoch) AS past (epoch);
      SELECT setval(pg_get_serial_sequence('scheduler_terms', 'epoch'), greatest(epoch, 1), epoch > 0)
      FROM scheduler_epoch;

      -- One row a shard: the fence of its term. shards: how many there are, the same in all rows. It changes
      -- only together with all epochs, so that a term knows of no other number than its own.
      ALTER TABLE scheduler_epoch
        DROP COLUMN singleton,
        ADD COLUMN shard integer CONSTRAINT scheduler_epoch_shard PRIMARY KEY DEFAULT 0,
        ADD COLUMN shards integer NOT NULL DEFAULT 1,
        ADD CONSTRAINT scheduler_epoch_epoch_unique UNIQUE (epoch),
        ADD CONSTRAINT scheduler_epoch_bounds CHECK (0 <= shard AND shard < shards);
      ALTER TABLE scheduler_lease
        DROP COLUMN singleton,
        ADD COLUMN shard integer CONSTRAINT scheduler_lease_shard PRIMARY KEY DEFAULT 0;

      -- Who is there to lead, and when each was heard: read to share the shards evenly, never to decide who may
      -- write.
      CREATE TABLE scheduler_replicas (
        replica uuid CONSTRAINT scheduler_replicas_unique PRIMARY KEY,
        seen_at timestamptz NOT NULL
      );
      """#
    ),
    (
      8, "0008_statistics",
      #"""
      -- With what counting the queue reads beside the key, so that it reads the index alone: a million that
      -- wait are counted again and again.
      DROP INDEX deployments_queue;
      CREATE INDEX deployments_queue ON deployments (organization_id, priority, created_at, id)
        INCLUDE (not_before) WHERE state = 'queued';
      """#
    ),
    (
      9, "0009_traces",
      #"""
      -- Where the call that created a deployment stands in its trace (W3C traceparent); NULL: nobody follows it.
      ALTER TABLE deployments ADD COLUMN traceparent text
        CONSTRAINT deployments_traceparent_length CHECK (octet_length(traceparent) = 55);
      """#
    ),
  ]

  static let create = #"""
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
    """#

  static let createGang = #"""
    -- Creates the deployments of a gang, alike but for id and index, each with its first event, and the
    -- gang's idempotency key, or nothing of that. The parameters of createOne.sql, but $1 has the
    -- identifiers in the order of their index: the first is the gang's.
    -- Answers as createOne.sql. Whether the clusters could hold all at once is asked before
    -- (most_replicas); here each is judged alone, and quotas for all of them together.
    WITH asked AS MATERIALIZED (
      SELECT cardinality($1::uuid[]) AS size
    ), checked AS MATERIALIZED (
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
          AND coalesce(q.cpu_limit >= $8::numeric * g.size, true)
          AND coalesce(q.memory_limit >= $9::numeric * g.size, true)
          AND coalesce(q.gpu_limit >= $10::numeric * g.size, true) AS fits,
        CASE WHEN q.queued_limit IS NULL THEN true ELSE (
            SELECT count(*) FROM (
              SELECT FROM deployments d WHERE d.organization_id = $2::uuid AND d.state = 'queued'
              LIMIT q.queued_limit) AS queued)
          + g.size <= q.queued_limit END AS has_place
      FROM asked g
      LEFT JOIN organizations o ON o.id = $2::uuid
      LEFT JOIN organization_quotas q ON q.organization_id = $2::uuid
      LEFT JOIN cluster_access c ON c.id = $3::uuid AND c.organization_id = $2::uuid
    ), keyed AS (
      INSERT INTO idempotency_keys (
        organization_id, caller, key, request_digest, deployment_id, created_at)
      SELECT $2::uuid, $14::text, $17::text, $18::bytea, ($1::uuid[])[1], $15::timestamptz
      FROM checked WHERE $17::text IS NOT NULL AND has_organization AND has_cluster AND fits
        AND has_place
      ON CONFLICT ON CONSTRAINT idempotency_keys_unique DO NOTHING
      RETURNING deployment_id
    ), created AS (
      INSERT INTO deployments (
        id, organization_id, requested_cluster, name, image, command, env, cpu, memory, gpu,
        gpu_models, priority, max_attempts, created_by, created_at, updated_at, state, reason,
        queue_time_to_live, start_by, priority_class, preempts, protection, gang_id, gang_size,
        gang_index, traceparent)
      SELECT m.id, $2::uuid, $3::uuid, $4::text, $5::text, $6::text[], $7::text[], $8::bigint,
        $9::bigint, $10::bigint, $11::text[], $12::integer, $13::integer, $14::text, $15::timestamptz,
        $15::timestamptz, 'queued', $16::text, $19::bigint, $20::timestamptz, $21::text,
        $22::boolean, $23::bigint, ($1::uuid[])[1], g.size, m.ordinal::integer - 1, $24::text
      FROM checked CROSS JOIN asked g CROSS JOIN unnest($1::uuid[]) WITH ORDINALITY AS m (id, ordinal)
      WHERE has_organization AND has_cluster AND fits AND has_place
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
    """#

  static let createOne = #"""
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
    """#

  static let deployment = #"""
    -- One deployment, if it belongs to one of the caller's organizations. $1 id, $2 organizations.
    SELECT d.id, d.organization_id, d.requested_cluster, d.name, d.image, d.command, d.env, d.cpu,
      d.memory, d.gpu, d.gpu_models, d.priority, d.max_attempts, d.created_by, d.created_at, d.state,
      d.reason, d.attempt, d.placed_cluster, d.gpu_devices, d.exit_code, d.not_before,
      d.scheduled_at, d.started_at, d.ended_at, d.updated_at,
      d.queue_time_to_live, d.start_by, d.priority_class, d.preempts, d.protection, d.requeued_at,
      d.has_run, d.gang_id, d.gang_size, d.gang_index, d.traceparent
    FROM deployments d WHERE d.id = $1::uuid AND d.organization_id = ANY ($2::uuid[])
    """#

  static let deployments = #"""
    -- Deployments of some organizations, newest first: from each organization as many as a page has, by
    -- its index; then the newest of all. $1 and $2: created_at and id that the page comes after, $3 how
    -- many, $4 organizations. The mark stands for further conditions, with their parameters from $5 on.
    SELECT d.id, d.organization_id, d.requested_cluster, d.name, d.image, d.command, d.env, d.cpu,
      d.memory, d.gpu, d.gpu_models, d.priority, d.max_attempts, d.created_by, d.created_at, d.state,
      d.reason, d.attempt, d.placed_cluster, d.gpu_devices, d.exit_code, d.not_before,
      d.scheduled_at, d.started_at, d.ended_at, d.updated_at,
      d.queue_time_to_live, d.start_by, d.priority_class, d.preempts, d.protection, d.requeued_at,
      d.has_run, d.gang_id, d.gang_size, d.gang_index, d.traceparent
    FROM unnest($4::uuid[]) AS o (id) CROSS JOIN LATERAL (
      SELECT d.* FROM deployments d
      WHERE d.organization_id = o.id AND (d.created_at, d.id) < ($1::timestamptz, $2::uuid){filter}
      ORDER BY d.created_at DESC, d.id DESC LIMIT $3::int) AS d
    ORDER BY d.created_at DESC, d.id DESC LIMIT $3::int
    """#

  static let place = #"""
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
    """#

  static let reservations = #"""
    -- Tells which clusters of a shard keep room, and for whom. Under the fence.
    -- $1 epoch, $2 whether all others of the shard are void, $3 clusters that keep none any more,
    -- $4 clusters, $5 for whom each keeps room, $6 devices (array literals), $7 backfilled cpu,
    -- $8 backfilled memory, $9 whether it reclaims what is guaranteed, $10 for how many of a gang.
    -- Answers how many fences held: 0 or 1.
    WITH fence AS MATERIALIZED (
      SELECT shard, shards FROM scheduler_epoch WHERE epoch = $1::bigint FOR SHARE
    ), dropped AS (
      DELETE FROM reservations r
      WHERE EXISTS (
          SELECT FROM clusters c JOIN fence f ON shard_of(c.organization_id, f.shards) = f.shard
          WHERE c.id = r.cluster_id)
        AND ($2::boolean AND r.cluster_id <> ALL ($4::uuid[]) OR r.cluster_id = ANY ($3::uuid[]))
    ), kept AS (
      INSERT INTO reservations AS r (
        cluster_id, deployment_id, gpu_devices, backfilled_cpu, backfilled_memory, is_claim, replicas)
      SELECT k.cluster_id, k.deployment_id, k.gpu_devices::integer[], k.cpu, k.memory, k.is_claim,
        k.replicas
      FROM unnest(
          $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::bigint[], $9::boolean[], $10::integer[])
        AS k (cluster_id, deployment_id, gpu_devices, cpu, memory, is_claim, replicas)
      WHERE EXISTS (
        SELECT FROM clusters c JOIN fence f ON shard_of(c.organization_id, f.shards) = f.shard
        WHERE c.id = k.cluster_id)
      ON CONFLICT ON CONSTRAINT reservations_cluster_unique DO UPDATE SET
        deployment_id = excluded.deployment_id, gpu_devices = excluded.gpu_devices,
        backfilled_cpu = excluded.backfilled_cpu, backfilled_memory = excluded.backfilled_memory,
        is_claim = excluded.is_claim, replicas = excluded.replicas
    )
    SELECT count(*)::integer AS fences FROM fence
    """#

  static let transition = #"""
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
    """#

  static let update = #"""
    -- Changes a deployment that is queued, with an event, by compare-and-set on updated_at, which grows
    -- with every change; so does all the rest of its gang. $1 id, $2 organizations (NULL: all), $3 updated_at as it is, $4 updated_at then,
    -- $5 reason, $6 priority, $7 cpu, $8 memory, $9 gpu, $10 GPU models, $11 queue_time_to_live,
    -- $12 start_by, $13 priority_class, $14 preempts, $15 protection.
    -- No row: it is not queued any more, was changed, or is not in scope. The others of a gang are alike,
    -- queued and of the same time. Locks are taken by id.
    WITH named AS MATERIALIZED (
      SELECT d.id FROM deployments d WHERE d.id = $1::uuid
      UNION
      SELECT m.id FROM deployments d JOIN deployments m ON m.gang_id = d.gang_id WHERE d.id = $1::uuid
    ), locked AS MATERIALIZED (
      SELECT d.id FROM deployments d
      WHERE d.id = ANY (ARRAY(SELECT id FROM named))
        AND ($2::uuid[] IS NULL OR d.organization_id = ANY ($2::uuid[]))
        AND d.state = 'queued' AND d.updated_at = $3::timestamptz
      ORDER BY d.id FOR NO KEY UPDATE
    ), changed AS (
      UPDATE deployments d SET
        updated_at = $4::timestamptz, reason = $5::text, priority = $6::integer, cpu = $7::bigint,
        memory = $8::bigint, gpu = $9::bigint, gpu_models = $10::text[],
        queue_time_to_live = $11::bigint, start_by = $12::timestamptz, priority_class = $13::text,
        preempts = $14::boolean, protection = $15::bigint
      WHERE d.id = ANY (ARRAY(SELECT id FROM locked))
        AND (SELECT count(*) FROM locked) = (SELECT count(*) FROM named)
      RETURNING d.*
    ), events AS (
      INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
      SELECT id, updated_at, attempt, state, reason FROM changed
    )
    SELECT {deployment d} FROM changed d WHERE d.id = $1::uuid
    """#

  static let violations = #"""
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
    """#
}
