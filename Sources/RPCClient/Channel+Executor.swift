extension Channel {
  /// The executor of the channel's loop. Calls made by a task that prefers it,
  /// `Task(executorPreference: channel.taskExecutor)`, cost no hop between threads. What blocks
  /// such a task blocks the channel.
  public var taskExecutor: any TaskExecutor { core.loop }
}
