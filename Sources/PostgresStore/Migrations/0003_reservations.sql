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
