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
