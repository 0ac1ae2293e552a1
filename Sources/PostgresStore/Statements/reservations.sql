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
