/// Queues as ordered trees that also answer: which is the first, in order, that fits into this
/// room? Every node knows the least that any node below it asks for in each dimension, so whole
/// branches that cannot fit are passed over. Treaps: balanced by a hash of the key, so the shape
/// depends on the content alone. Nodes are named by their item's slot; a slot is in at most one
/// tree of a forest.
struct QueueForest: Sendable {
  typealias Slot = Int32
  static let noSlot: Slot = -1

  private struct Node: Sendable {
    var key: QueueKey
    var heat: UInt64
    var cpu: Int64
    var memory: Int64
    var gpu: Int64
    var leastCPU: Int64
    var leastMemory: Int64
    var leastGPU: Int64
    var left: Slot
    var right: Slot
    var isMember: Bool

    static let none = Node(
      key: QueueKey(priority: 0, createdAt: Instant(microseconds: 0), id: DeploymentID(0)), heat: 0,
      cpu: 0, memory: 0, gpu: 0, leastCPU: 0, leastMemory: 0, leastGPU: 0, left: noSlot,
      right: noSlot, isMember: false)
  }

  private var nodes: ContiguousArray<Node> = []

  /// The root of `root`'s tree with `slot` in it.
  mutating func insert(_ slot: Slot, key: QueueKey, demand: Demand, into root: Slot) -> Slot {
    while nodes.count <= Int(slot) { nodes.append(.none) }
    precondition(!nodes[Int(slot)].isMember, "a slot is in one tree")
    nodes[Int(slot)] = Node(
      key: key, heat: Self.heat(key), cpu: demand.cpu, memory: demand.memory, gpu: demand.gpu,
      leastCPU: demand.cpu, leastMemory: demand.memory, leastGPU: demand.gpu, left: Self.noSlot,
      right: Self.noSlot, isMember: true)
    return insert(slot, at: root)
  }

  /// The root of `root`'s tree without `slot`.
  mutating func remove(_ slot: Slot, from root: Slot) -> Slot {
    let rest = remove(slot, key: node(slot).key, at: root)
    nodes[Int(slot)].isMember = false
    return rest
  }

  func contains(_ slot: Slot) -> Bool {
    Int(slot) < nodes.count && nodes[Int(slot)].isMember
  }

  /// The first of a tree.
  func first(in root: Slot) -> Slot? {
    guard root != Self.noSlot else { return nil }
    var slot = root
    while node(slot).left != Self.noSlot { slot = node(slot).left }
    return slot
  }

  /// The first `limit` of a tree, in order.
  func first(_ limit: Int, in root: Slot) -> [Slot] {
    var slots: [Slot] = []
    collect(at: root, limit: limit, into: &slots)
    return slots
  }

  /// The first behind `after` that `room` can hold. Every demand of the tree is of `kind`.
  func first(
    in root: Slot, fitting room: Room, kind: Demand.Kind, after: QueueKey? = nil
  ) -> Slot? {
    let found = search(
      at: root, cpu: room.cpu, memory: room.memory, gpu: room.gpu(kind), after: after)
    return found == Self.noSlot ? nil : found
  }

  // MARK: - Inside

  @inline(__always)
  private func node(_ slot: Slot) -> Node {
    nodes[Int(slot)]
  }

  private func collect(at slot: Slot, limit: Int, into slots: inout [Slot]) {
    guard slot != Self.noSlot, slots.count < limit else { return }
    collect(at: node(slot).left, limit: limit, into: &slots)
    if slots.count < limit { slots.append(slot) }
    collect(at: node(slot).right, limit: limit, into: &slots)
  }

  private func search(
    at slot: Slot, cpu: Int64, memory: Int64, gpu: Int64, after: QueueKey?
  ) -> Slot {
    guard slot != Self.noSlot else { return Self.noSlot }
    let node = node(slot)
    guard node.leastCPU <= cpu, node.leastMemory <= memory, node.leastGPU <= gpu else {
      return Self.noSlot
    }
    if let after, node.key <= after {
      return search(at: node.right, cpu: cpu, memory: memory, gpu: gpu, after: after)
    }
    let left = search(at: node.left, cpu: cpu, memory: memory, gpu: gpu, after: after)
    if left != Self.noSlot { return left }
    if node.cpu <= cpu, node.memory <= memory, node.gpu <= gpu { return slot }
    return search(at: node.right, cpu: cpu, memory: memory, gpu: gpu, after: nil)
  }

  private mutating func insert(_ slot: Slot, at root: Slot) -> Slot {
    guard root != Self.noSlot else { return slot }
    let new = node(slot)
    let here = node(root)
    if new.heat > here.heat {
      let (before, behind) = split(root, at: new.key)
      setChildren(of: slot, before, behind)
      return slot
    }
    if new.key < here.key {
      let left = insert(slot, at: here.left)
      setChildren(of: root, left, here.right)
    } else {
      let right = insert(slot, at: here.right)
      setChildren(of: root, here.left, right)
    }
    return root
  }

  private mutating func remove(_ slot: Slot, key: QueueKey, at root: Slot) -> Slot {
    precondition(root != Self.noSlot, "the slot is in this tree")
    let here = node(root)
    if root == slot { return merge(here.left, here.right) }
    if key < here.key {
      let left = remove(slot, key: key, at: here.left)
      setChildren(of: root, left, here.right)
    } else {
      let right = remove(slot, key: key, at: here.right)
      setChildren(of: root, here.left, right)
    }
    return root
  }

  private mutating func split(_ root: Slot, at key: QueueKey) -> (Slot, Slot) {
    guard root != Self.noSlot else { return (Self.noSlot, Self.noSlot) }
    let here = node(root)
    if here.key < key {
      let (before, behind) = split(here.right, at: key)
      setChildren(of: root, here.left, before)
      return (root, behind)
    }
    let (before, behind) = split(here.left, at: key)
    setChildren(of: root, behind, here.right)
    return (before, root)
  }

  private mutating func merge(_ before: Slot, _ behind: Slot) -> Slot {
    if before == Self.noSlot { return behind }
    if behind == Self.noSlot { return before }
    let first = node(before)
    let second = node(behind)
    if first.heat > second.heat {
      let right = merge(first.right, behind)
      setChildren(of: before, first.left, right)
      return before
    }
    let left = merge(before, second.left)
    setChildren(of: behind, left, second.right)
    return behind
  }

  private mutating func setChildren(of slot: Slot, _ left: Slot, _ right: Slot) {
    let index = Int(slot)
    var (cpu, memory, gpu) = (nodes[index].cpu, nodes[index].memory, nodes[index].gpu)
    if left != Self.noSlot { lower(&cpu, &memory, &gpu, left) }
    if right != Self.noSlot { lower(&cpu, &memory, &gpu, right) }
    nodes[index].left = left
    nodes[index].right = right
    nodes[index].leastCPU = cpu
    nodes[index].leastMemory = memory
    nodes[index].leastGPU = gpu
  }

  @inline(__always)
  private func lower(
    _ cpu: inout Int64, _ memory: inout Int64, _ gpu: inout Int64, _ child: Slot
  ) {
    cpu = min(cpu, nodes[Int(child)].leastCPU)
    memory = min(memory, nodes[Int(child)].leastMemory)
    gpu = min(gpu, nodes[Int(child)].leastGPU)
  }

  /// Spreads keys evenly: the finalizer of splitmix64 over the identifier.
  private static func heat(_ key: QueueKey) -> UInt64 {
    var bits =
      UInt64(truncatingIfNeeded: key.id.value) ^ UInt64(truncatingIfNeeded: key.id.value >> 64)
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
