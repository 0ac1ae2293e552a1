package import Domain

/// The change feed in PostgreSQL. A cursor is a snapshot: every row that it does not show comes
/// after it, once, in whatever order transactions commit (docs/decisions/0006-change-feed.md).
package struct PostgresChangeStore: ChangeStore {
  let database: PostgresDatabase

  package func currentCursor() async throws(DomainError) -> ChangeCursor {
    let result = try await database.read(.currentCursor, .none)
    guard let cursor = try result.first(ChangeCursor.init(row:)) else {
      throw .internal("no cursor")
    }
    return cursor
  }

  package func changes(
    since cursor: ChangeCursor, limit: Int
  ) async throws(DomainError) -> ChangeBatch {
    let limit = max(1, limit)
    let window = ChangeWindow(cursor)
    let results = try await database.snapshot([
      (.currentCursor, .none),
      (
        .changedDeployments,
        Parameters {
          $0.add(window.start)
          $0.add(window.end)
          $0.add(cursor.sequence)
          $0.add(Int32(clamping: limit + 1))
        }
      ),
      (
        .changedClusters,
        Parameters {
          $0.add(window.start)
          $0.add(window.end)
        }
      ),
      (
        .changedQuotas,
        Parameters {
          $0.add(window.start)
          $0.add(window.end)
        }
      ),
    ])
    guard let now = try results[0].first(ChangeCursor.init(row:)) else {
      throw .internal("no cursor")
    }
    var changes = try results[1].map { row throws(DomainError) in
      let event = try DeploymentEvent(row: &row)
      return ChangeBatch.Change(event: event, deployment: try Deployment(row: &row))
    }
    let isMore = changes.count > limit
    if isMore { changes.removeLast() }
    let end = window.end ?? now.snapshot
    return ChangeBatch(
      changes: changes,
      // All that a window has come with its first page.
      clusters: window.end == nil ? try results[2].map(Cluster.init(row:)) : [],
      next: isMore
        ? window.cursor(after: changes[limit - 1].event.sequence, until: end)
        : ChangeWindow.cursor(end),
      isMore: isMore,
      quotas: window.end == nil ? try results[3].map(OrganizationQuota.init(row:)) : [])
  }
}

/// From which snapshot to which a page of changes reaches. While a window is read page by page its
/// end stays that of the first page, or what commits meanwhile with a lower sequence would be
/// passed over.
private struct ChangeWindow {
  private static let separator: Character = "/"

  let start: String
  /// Nil: until now, which is the first page's.
  let end: String?

  init(_ cursor: ChangeCursor) {
    let parts = cursor.snapshot.split(separator: Self.separator)
    // A cursor of the transaction alone: everything from it on.
    let plain = "\(cursor.transaction):\(cursor.transaction):"
    start = parts.first.map(String.init) ?? plain
    end = parts.count > 1 ? String(parts[1]) : nil
  }

  func cursor(after sequence: Int64, until end: String) -> ChangeCursor {
    ChangeCursor(
      transaction: Self.oldest(start), sequence: sequence,
      snapshot: "\(start)\(Self.separator)\(end)")
  }

  static func cursor(_ snapshot: String) -> ChangeCursor {
    ChangeCursor(transaction: oldest(snapshot), snapshot: snapshot)
  }

  /// The first number of "xmin:xmax:running,running".
  private static func oldest(_ snapshot: String) -> UInt64 {
    UInt64(snapshot.prefix { $0 != ":" }) ?? 0
  }
}

extension ChangeCursor {
  init(row: inout Row) throws(DomainError) { self = ChangeWindow.cursor(try row.text()) }
}

extension Statement {
  static let currentCursor = Statement("current_cursor", "SELECT pg_current_snapshot()::text")

  /// A transaction is of the window if the start does not show it and the end does. The index gives
  /// those from the oldest on that was running at the start.
  private static func isInWindow(_ column: String) -> String {
    """
    \(column) >= pg_snapshot_xmin($1::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(\(column), $1::text::pg_snapshot)
      AND ($2::text IS NULL OR pg_visible_in_snapshot(\(column), $2::text::pg_snapshot))
    """
  }

  /// By LATERAL and OFFSET deployments are looked up one by one. Else a plan that was made while
  /// the table was small, and is kept, reads all of it for each page.
  fileprivate static let changedDeployments = Statement(
    "changed_deployments",
    """
    SELECT \(DeploymentEvent.columns), \(Deployment.columns)
    FROM (
      SELECT * FROM deployment_events e
      WHERE \(isInWindow("e.changed_xid")) AND e.sequence > $3::bigint
      ORDER BY e.sequence LIMIT $4::int
    ) AS e
    CROSS JOIN LATERAL (SELECT * FROM deployments d WHERE d.id = e.deployment_id OFFSET 0) AS d
    ORDER BY e.sequence
    """)

  fileprivate static let changedClusters = Statement(
    "changed_clusters",
    """
    SELECT \(Cluster.columns) FROM \(Cluster.source)
    WHERE \(isInWindow("c.changed_xid")) ORDER BY c.id
    """)

  fileprivate static let changedQuotas = Statement(
    "changed_quotas",
    """
    SELECT \(OrganizationQuota.columns) FROM organization_quotas q
    WHERE \(isInWindow("q.changed_xid")) ORDER BY q.organization_id
    """)
}
