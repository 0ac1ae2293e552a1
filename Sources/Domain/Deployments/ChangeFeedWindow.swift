/// Drops events that come twice. The store returns again what may not have been seen: everything
/// since the oldest transaction that was still running. What one round of pages did not return
/// again lies behind that horizon and cannot come back, so it is enough to remember the last whole
/// round.
struct ChangeFeedWindow {
  private var lastRound: Set<Int64> = []
  private var thisRound: Set<Int64> = []
  /// When the cluster rows of the last round were written: they come again with the window too.
  private var lastClusters: [ClusterID: Cluster] = [:]
  private var theseClusters: [ClusterID: Cluster] = [:]

  /// What of the page is new.
  mutating func filter(_ page: ChangeBatch) -> (changes: [ChangeBatch.Change], clusters: [Cluster])
  {
    var changes: [ChangeBatch.Change] = []
    changes.reserveCapacity(page.changes.count)
    for change in page.changes {
      let sequence = change.event.sequence
      let isNew = thisRound.insert(sequence).inserted && !lastRound.contains(sequence)
      if isNew { changes.append(change) }
    }
    var clusters: [Cluster] = []
    for cluster in page.clusters {
      let known = theseClusters[cluster.id] ?? lastClusters[cluster.id]
      if known != cluster { clusters.append(cluster) }
      theseClusters[cluster.id] = cluster
    }
    if !page.isMore || thisRound.count > ChangeFeedLimits.windowEvents { endRound() }
    return (changes, clusters)
  }

  private mutating func endRound() {
    swap(&lastRound, &thisRound)
    swap(&lastClusters, &theseClusters)
    thisRound.removeAll(keepingCapacity: true)
    theseClusters.removeAll(keepingCapacity: true)
  }
}
