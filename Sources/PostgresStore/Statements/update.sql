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
