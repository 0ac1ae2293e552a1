import Domain
import Testing

@Suite struct UsersTests {
  let platform = Platform()

  @Test func `a user signs up, with the username as its name unless it gives one`() async throws {
    let ada = try await platform.users.create(
      username: "ada", displayName: "", password: Platform.password)
    #expect(ada.username == "ada" && ada.displayName == "ada" && !ada.isSuperAdmin)
    #expect(ada.createdAt == platform.clock.now())
    let bob = try await platform.users.create(
      username: "bob.2_x-y", displayName: "Bob \u{1F600} B\u{e9}", password: Platform.password)
    #expect(bob.displayName == "Bob \u{1F600} B\u{e9}")
    #expect(bob.id > ada.id || bob.id.value >> 80 == ada.id.value >> 80)
  }

  @Test func `a username is taken once`() async throws {
    _ = try await platform.person("ada")
    let error = await failure {
      try await platform.users.create(
        username: "ada", displayName: "x", password: Platform.password)
    }
    #expect(error == .alreadyExists(kind: "user", name: "ada"))
  }

  @Test func `nobody signs up as the SuperAdmin`() async throws {
    let error = await failure { try await platform.person("superadmin") }
    #expect(error?.isAlreadyExists == true)
  }

  @Test(
    arguments: [
      "", "ab", "Ada", "ada lovelace", " ada", "ada ", ".ada", "-ada", "_ada", "ad\u{e1}",
      "ada\0", "ada\n", "a/b", "ada@x", String(repeating: "a", count: 65),
      String(repeating: "a", count: 1_000_000),
    ])
  func `a bad username is refused by name`(username: String) async {
    let fields = await refusedFields {
      try await platform.users.create(
        username: username, displayName: "", password: Platform.password)
    }
    #expect(fields == ["username"])
  }

  @Test(arguments: ["abc", "0", "a.b", "a-_.9", String(repeating: "z", count: 64)])
  func `a good username passes`(username: String) async {
    var validation = Validation()
    validation.username(username, "username")
    #expect(validation.violations.isEmpty == (username.count >= 3))
  }

  @Test(
    arguments: [
      "", "short", "elevenchars", String(repeating: "x", count: 257), "aaaaaaaaaaaaaaaa",
      "with\0nul in the middle", "the-username-itself", "THE-username-itself",
      String(repeating: "\u{1F600}", count: 12),
    ])
  func `a bad password is refused by name`(password: String) async {
    let fields = await refusedFields {
      try await platform.users.create(
        username: "the-username-itself", displayName: "", password: password)
    }
    #expect(fields == ["password"])
    #expect(platform.hasher.counts.hashes == 0)
  }

  @Test(arguments: [
    "twelve chars", String(repeating: "ab", count: 128), "p\u{e4}ssw\u{f6}rter \u{1F600}x",
  ])
  func `a good password passes`(password: String) async throws {
    _ = try await platform.users.create(username: "ada", displayName: "", password: password)
    let login = try await platform.users.login(username: "ada", password: password)
    #expect(login.user.username == "ada")
  }

  @Test(
    arguments: [
      " ada", "ada ", "a\u{7}b", "a\nb", "a\u{2028}b", "a\u{202e}b", "\u{a0}a",
      String(repeating: "n", count: 129),
    ])
  func `a bad display name is refused by name, never trimmed`(name: String) async {
    let fields = await refusedFields {
      try await platform.users.create(
        username: "ada", displayName: name, password: Platform.password)
    }
    #expect(fields == ["display_name"])
  }

  @Test func `every field that breaks a rule is named, with the rule`() async {
    let error = await failure {
      try await platform.users.create(username: "A", displayName: "\n", password: "x")
    }
    guard case .invalid(let violations) = error else {
      Issue.record("not refused")
      return
    }
    #expect(violations.map(\.field) == ["username", "display_name", "password"])
    #expect(violations[0].problem.contains("3 to 64"))
    #expect(violations[2].problem.contains("12 to 256"))
  }

  @Test func `the SuperAdmin is made once, and each key of it holds`() async throws {
    let first = try await platform.superAdmin()
    let second = try await platform.superAdmin()
    #expect(first != second)
    let principal = try await platform.access.authenticate(bearer: first)
    #expect(principal?.isSuperAdmin == true)
    #expect(try await platform.access.authenticate(bearer: second) == principal)
    #expect(platform.database.with { $0.users.count } == 1)
    #expect(platform.database.with { $0.userKeys.keys.contains(Array(first.utf8)) } == false)
  }

  @Test func `nobody logs in as the SuperAdmin with an empty or any other password`() async throws {
    _ = try await platform.superAdmin()
    for password in ["", "superadmin", Platform.password] {
      let error = await failure {
        try await platform.users.login(username: "superadmin", password: password)
      }
      #expect(error != nil)
    }
  }
}
