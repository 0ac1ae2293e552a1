-- One deployment, if it belongs to one of the caller's organizations. $1 id, $2 organizations.
SELECT d.id, d.organization_id, d.requested_cluster, d.name, d.image, d.command, d.env, d.cpu,
  d.memory, d.gpu, d.gpu_models, d.priority, d.max_attempts, d.created_by, d.created_at, d.state,
  d.reason, d.attempt, d.placed_cluster, d.gpu_devices, d.exit_code, d.not_before,
  d.scheduled_at, d.started_at, d.ended_at, d.updated_at,
  d.queue_time_to_live, d.start_by, d.priority_class, d.preempts, d.protection, d.requeued_at,
  d.has_run, d.gang_id, d.gang_size, d.gang_index, d.traceparent
FROM deployments d WHERE d.id = $1::uuid AND d.organization_id = ANY ($2::uuid[])
