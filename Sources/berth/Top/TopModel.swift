import RPCClient

/// What `berth top` shows and what keys do to it: a value, without a terminal or a server.
struct TopModel {
  enum Pane: Int, CaseIterable {
    case clusters, running, queue, scheduler
  }

  /// What stands before the panes.
  enum Overlay: Equatable {
    case help(top: Int)
    case details(TopDetails, top: Int)
    /// The index of the one that is chosen; 0 is all.
    case organizations(index: Int)
  }

  /// How one pane is looked at.
  struct View: Equatable {
    /// What is selected; it stays so where rows move.
    var selected: String?
    var index = 0
    /// The first row that is shown.
    var top = 0
    var sort = 0
    var isReversed = false
  }

  /// What the world outside has to do for a key.
  enum Effect: Equatable {
    case quit
    case suspend
    case redraw
    case explain(id: String)
    case watch(organization: String?)
  }

  /// Where it is connected to.
  let address: String
  private(set) var data = TopData()
  /// What is shown while it pauses.
  private var frozen: TopData?
  var width = 80
  var height = 24
  /// In seconds since 1970.
  private(set) var now: Int64
  var pane = Pane.queue
  var views = Array(repeating: View(), count: Pane.allCases.count)
  var overlay: Overlay?
  var filter = ""
  var isFiltering = false
  /// Only this one's; nil: all that the caller may see.
  private(set) var organization: String?

  init(address: String, organization: String?, now: Int64) {
    self.address = address
    self.organization = organization
    self.now = now
  }

  /// The data that is shown.
  var shown: TopData { frozen ?? data }
  var isPaused: Bool { frozen != nil }

  var view: View {
    get { views[pane.rawValue] }
    set { views[pane.rawValue] = newValue }
  }

  mutating func update<Result>(_ change: (inout TopData) -> Result) -> Result { change(&data) }

  mutating func tick(now: Int64) {
    self.now = now
    data.tick(now: now)
  }

  mutating func pause(_ pauses: Bool) { frozen = pauses ? data : nil }

  mutating func resize(width: Int, height: Int) {
    func clamped(_ value: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(value, range.lowerBound), range.upperBound)
    }
    self.width = clamped(width, TopLimits.columns)
    self.height = clamped(height, TopLimits.rows)
  }

  mutating func choose(organization: String?) {
    self.organization = organization
    data.forgetDeployments()
    data.clusters = []
    pause(false)
    for index in views.indices { (views[index].selected, views[index].index) = (nil, 0) }
  }

  /// The details of what is open were fetched anew.
  mutating func show(_ details: TopDetails) {
    guard case .details(let open, let top) = overlay, open.id == details.id else { return }
    overlay = .details(details, top: top)
  }

  /// The deployment whose details are open.
  var openDeployment: String? {
    guard case .details(let details, _) = overlay, details.isDeployment else { return nil }
    return details.id
  }

  /// The name of an organization, as far as it is known.
  func name(ofOrganization id: String) -> String {
    shown.organizations.first { $0.id == id }?.name ?? id
  }

  func name(ofCluster id: String) -> String {
    shown.clusters.first { $0.id == id }?.name ?? id
  }
}
