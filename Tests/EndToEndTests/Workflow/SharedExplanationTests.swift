import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// What one is told of clusters that organizations share, and what is taken back there.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct SharedExplanationTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }
    var owner: Caller { shared.alice.caller }
    var guest: Caller { shared.mallory.caller }
    var guestID: String { shared.otherTenant.id }

    init() throws { shared = try SharedStack.current() }

    /// A cluster of a thousand, of which so much is guaranteed to the guest.
    private func share(
      guaranteed: Int64, limit: Int64? = nil, reclaim: ReclaimPolicy = .unspecified
    ) async throws -> Cluster {
      let cluster = try await owner.createCluster(in: shared.tenant.id)
      try await setQuota(cluster, guaranteed: guaranteed, limit: limit, reclaim: reclaim)
      _ = try await guest.clusters.acceptClusterQuota(
        AcceptClusterQuotaRequest(clusterID: cluster.id, organizationID: guestID))
      return cluster
    }

    private func setQuota(
      _ cluster: Cluster, guaranteed: Int64, limit: Int64? = nil, reclaim: ReclaimPolicy
    ) async throws {
      let answer = try await owner.clusters.setClusterQuota(
        SetClusterQuotaRequest(
          clusterID: cluster.id, organizationID: guestID,
          guaranteed: Resources(cpuMillis: guaranteed, memoryBytes: 1 << 39),
          limit: ResourceLimits(cpuMillis: limit), mayBorrow: true, reclaim: reclaim))
      #expect(answer.quota?.reclaim == (reclaim == .unspecified ? .never : reclaim))
    }

    private func request(
      _ cluster: Cluster, cpu: Int64, priorityClass: String = ""
    ) -> CreateDeploymentRequest {
      CreateDeploymentRequest(
        organizationID: guestID, clusterID: cluster.id, image: "example.com/model:1",
        resources: Resources(cpuMillis: cpu, memoryBytes: 1 << 20), priorityClass: priorityClass)
    }

    private func simulate(
      _ cluster: Cluster, cpu: Int64
    ) async throws -> SimulateDeploymentResponse {
      try await guest.deployments.simulateDeployment(
        SimulateDeploymentRequest(deployment: request(cluster, cpu: cpu)))
    }

    @Test func `a guest is told of its quota, and nothing of the owner's work`() async throws {
      let cluster = try await share(guaranteed: 300, limit: 600)
      let first = try await simulate(cluster, cpu: 300)
      #expect(first.fits && first.fit?.clusterID == cluster.id)
      #expect(first.fit?.clusters.first?.quota?.borrows == false)
      let held = try await guest.deploy(to: cluster.id, in: guestID, cpu: 400)
      try await guest.wait(for: .scheduled, of: held.id)

      let borrowing = try await simulate(cluster, cpu: 100)
      #expect(borrowing.fits && borrowing.fit?.clusters.first?.quota?.borrows == true)
      let limited = try await simulate(cluster, cpu: 300)
      let fit = try #require(limited.fit?.clusters.first)
      #expect(!limited.fits && fit.verdict == .quota && fit.shortages.isEmpty)
      #expect(fit.quota?.held?.cpuMillis == 400 && fit.quota?.limit?.cpuMillis == 600)
      #expect(fit.quota?.missing?.cpuMillis == 100 && fit.quota?.missing?.memoryBytes == 0)
      #expect(
        limited.fit?.advice.map(\.kind) == [.waitFor, .endOwnWork, .raiseQuota, .askForLess])
      #expect(limited.fit?.advice.first?.deploymentIds == [held.id])
      #expect(limited.fit?.advice[2].resources?.cpuMillis == 700)

      // Of the owner's work only its sum is seen, of who waits there nothing at all.
      let own = try await owner.deploy(to: cluster.id, cpu: 500)
      try await owner.wait(for: .scheduled, of: own.id)
      let full = try await simulate(cluster, cpu: 200)
      #expect(full.fit?.clusters.first?.verdict == .noRoom)
      _ = try await owner.deployments.cancelDeployment(CancelDeploymentRequest(id: own.id))
      // Nothing is guaranteed to the guest any more: the owner claims nearly all, and waits.
      try await setQuota(cluster, guaranteed: 0, limit: 600, reclaim: .unspecified)
      let claim = try await owner.deploy(to: cluster.id, cpu: 950, priority: 9)
      let kept = try await eventually("room to be kept", within: .seconds(15)) {
        let answer = try await simulate(cluster, cpu: 100)
        return answer.fit?.clusters.first?.verdict == .reserved ? answer : nil
      }
      let reserved = try #require(kept.fit?.clusters.first)
      #expect(reserved.isReservedForOther && reserved.reservedForID.isEmpty)
      #expect(reserved.shortages.isEmpty)
      for answer in [full, kept] {
        for id in [own.id, claim.id] {
          #expect(!answer.jsonString().contains(id), "\(answer)")
        }
      }
      _ = try await guest.deployments.cancelDeployment(CancelDeploymentRequest(id: held.id))
      _ = try await owner.deployments.cancelDeployment(CancelDeploymentRequest(id: claim.id))
    }

    @Test func `what is guaranteed is taken back, and preemption and quotas go with it`()
      async throws
    {
      let classes = PriorityClassServiceClient(shared.superAdmin.channel)
      let brief = "brief-\(UInt32.random(in: 0...UInt32.max))"
      _ = try await classes.putPriorityClass(
        PutPriorityClassRequest(name: brief, priority: 10, protection: ProtobufDuration()))
      let cluster = try await share(guaranteed: 500)
      var borrowed: [String] = []
      for _ in 0..<10 {
        var work = request(cluster, cpu: 100, priorityClass: brief)
        work.organizationID = shared.tenant.id
        let id = try await owner.deployments.createDeployment(work).deployment?.id
        borrowed.append(try #require(id))
      }
      for id in borrowed { try await owner.wait(for: .scheduled, of: id) }

      // As long as nothing may be reclaimed the claim waits.
      let claim = try #require(
        try await guest.deployments.createDeployment(
          request(cluster, cpu: 300, priorityClass: brief)
        ).deployment)
      let waits = try await guest.deployments.explainDeployment(
        ExplainDeploymentRequest(id: claim.id))
      #expect(waits.standing == .waitsForRoom && waits.preemption == nil)
      try await setQuota(cluster, guaranteed: 500, reclaim: .any)
      try await guest.wait(for: .scheduled, of: claim.id)
      let back = try await owner.allDeployments(
        ListDeploymentsRequest(states: [.queued], clusterID: cluster.id))
      #expect(back.count == 3 && back.allSatisfy { $0.attempt == 1 })
      for victim in back {
        #expect(victim.reason.hasPrefix("preempted: reclaimed"))
        #expect(!victim.reason.contains(claim.id) && !victim.reason.contains(guestID))
      }

      // Above its guarantee the guest takes the place of its own work alone.
      let urgent = try #require(
        try await guest.deployments.createDeployment(
          request(cluster, cpu: 300, priorityClass: "urgent")
        ).deployment)
      try await guest.wait(for: .scheduled, of: urgent.id)
      let own = try await guest.deployment(claim.id)
      #expect(own.state == .queued && own.reason == "preempted by \(urgent.id)")
      let running = try await owner.allDeployments(
        ListDeploymentsRequest(states: [.scheduled], clusterID: cluster.id))
      #expect(running.count == 7)
      let broken = try await shared.superAdmin.admin.checkInvariants(CheckInvariantsRequest())
      #expect(broken.violations.isEmpty, "\(broken)")
      for id in [claim.id, urgent.id] {
        _ = try await guest.deployments.cancelDeployment(CancelDeploymentRequest(id: id))
      }
      for id in borrowed {
        _ = try await owner.deployments.cancelDeployment(CancelDeploymentRequest(id: id))
      }
      _ = try await classes.deletePriorityClass(DeletePriorityClassRequest(name: brief))
    }

    private func signUp(_ name: String) async throws -> Workstation {
      let workstation = try Workstation()
      try await workstation.berth(
        "signup", UniqueName.make(name), "--address", stack.berthd.address, "--ca",
        stack.certificates.authority, "--password-stdin", input: "a long enough password\n")
      try await workstation.berth("org", "create", UniqueName.make("org"))
      return workstation
    }

    @Test func `the command line shares, reclaims and explains`() async throws {
      let (alice, bob) = (try await signUp("alice"), try await signUp("bob"))
      let lab = UniqueName.make("lab")
      let created: CreateClusterResponse = try await alice.answer(
        "cluster", "create", lab, "--cpu", "4", "--memory", "8GiB")
      let cluster = try #require(created.cluster?.id)
      let organizations: ListOrganizationsResponse = try await bob.answer("org", "list")
      let organization = try #require(organizations.organizations.first?.id)
      let offer = try await alice.berth(
        "cluster", "share", lab, organization, "--cpu", "2", "--memory", "4GiB", "--limit-cpu",
        "3", "--reclaim", "lower-priority")
      #expect(offer.contains("RECLAIMS") && offer.contains("lower-priority"))
      try await bob.berth("cluster", "accept", cluster)
      let train = ["example.com/train:1", "--memory", "1GiB"]
      _ = try await bob.run(["deploy", "--wait", "scheduled", "--cpu", "2"] + train)
      let dry = try await bob.run(
        ["deploy", "--dry-run", "--cpu", "1.5", "--queue-ttl", "1h"] + train)
      for words in [
        "quota", "the quota here: needs 1.5 CPU, 2 of 3 held",
        "unless it runs by then: queue-timeout",
        "or: let other work of the organization end, 0.5 CPU on \(lab)",
        "or: raise the quota on \(lab) to 3.5 CPU",
      ] {
        #expect(dry.standardOutput.contains(words), "\(words): \(dry)")
      }
      let borrows = try await bob.run(["deploy", "--dry-run", "--cpu", "1"] + train)
      #expect(borrows.standardOutput.contains("it would borrow"), "\(borrows)")
      let refused = try await bob.berth(
        "cluster", "share", lab, organization, "--reclaim", "sometimes", exits: 64)
      #expect(refused.contains("lower-priority"))
    }
  }
}
