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
