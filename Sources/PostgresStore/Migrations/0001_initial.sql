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
