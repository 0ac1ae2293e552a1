import ArgumentParser
import RPCClient

/// `berth signup`
struct Signup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Create a user and log in.",
    discussion:
      "The password has 12 to 256 characters and is read from the terminal, a file or stdin.")
  @OptionGroup var common: CommonOptions
  @OptionGroup var password: PasswordInput
  @Argument(help: "3 to 64 of a-z, 0-9, '.', '_', '-'.") var username: String
  @Option(help: "The name people see.") var displayName: String = ""
  @Flag(help: "Only create the user.") var noLogin = false

  func run() async throws {
    let secret = try password.read(confirm: true)
    let target = try Session.target(common, username: username)
    let session = try await Session.anonymous(common, target: target)
    let created = try await UserServiceClient(session.channel).createUser(
      CreateUserRequest(username: username, displayName: displayName, password: secret),
      options: session.call)
    guard !noLogin else { return common.report(created) { "Created user \(username)." } }
    let login = try await UserServiceClient(session.channel).login(
      LoginRequest(username: username, password: secret), options: session.call)
    try Session.remember(login, target: target)
    common.report(created) { "Created user \(username) and logged in (context \(target.name))." }
  }
}

/// `berth login`
struct Login: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Log in and keep the tokens in a context.",
    discussion:
      "The context is named after the user unless --context names it, and becomes current.")
  @OptionGroup var common: CommonOptions
  @OptionGroup var password: PasswordInput
  @Argument(help: "The username.") var username: String

  func run() async throws {
    let secret = try password.read(confirm: false)
    let target = try Session.target(common, username: username)
    let session = try await Session.anonymous(common, target: target)
    let login = try await UserServiceClient(session.channel).login(
      LoginRequest(username: username, password: secret), options: session.call)
    try Session.remember(login, target: target)
    common.report(WhoAmIResponse(kind: .user, name: username, user: login.user)) {
      "Logged in as \(username) (context \(target.name))."
    }
  }
}

/// `berth logout`
struct Logout: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forget the tokens of a context.")
  @Option(help: "The context. Default: the current one.") var context: String?

  func run() throws {
    let name = try ContextStore.standard().update { file throws -> String in
      guard let name = context ?? file.current, file.contexts[name] != nil else {
        throw Failure("no such context: `berth contexts` lists them", status: 66)
      }
      file.contexts[name]?.accessToken = nil
      file.contexts[name]?.refreshToken = nil
      return name
    }
    Terminal.print("Forgot the tokens of context \(name).")
  }
}

/// `berth whoami`
struct WhoAmI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami", abstract: "Show who you are and your roles.")
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let session = try await Session.open(common)
    let answer = try await UserServiceClient(session.channel).whoAmI(
      WhoAmIRequest(), options: session.call)
    guard common.output == .table else { return common.printJSON(answer) }
    let superAdmin = answer.user?.superAdmin == true ? " (SuperAdmin)" : ""
    Terminal.print("\(answer.name)  \(answer.id)\(superAdmin)")
    guard !answer.memberships.isEmpty else {
      Terminal.print("No organization yet: `berth org create NAME` or `berth org join CODE`.")
      return
    }
    var table = Table("ORGANIZATION", "ROLE", "ID")
    for membership in answer.memberships {
      table.add(membership.organizationName, membership.role, membership.organizationID)
    }
    table.print()
  }
}

/// `berth users`
struct Users: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the users who share an organization with you.")
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let session = try await Session.open(common)
    let users = UserServiceClient(session.channel)
    let call = session.call
    let all = try await Paging.all { page throws(RPCStatus) in
      let answer = try await users.listUsers(ListUsersRequest(page: page), options: call)
      return (answer.users, answer.nextPageToken)
    }
    guard common.output == .table else {
      return common.printJSON(ListUsersResponse(users: all))
    }
    var table = Table("USERNAME", "NAME", "AGE", "ID")
    for user in all {
      table.add(user.username, user.displayName, Amounts.age(user.createdAt), user.id)
    }
    table.print()
  }
}

/// `berth contexts`
struct Contexts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List contexts, or make one current.")
  @Argument(help: "The context to make current.") var use: String?

  func run() throws {
    let store = ContextStore.standard()
    if let use {
      try store.update { file throws in
        guard file.contexts[use] != nil else {
          throw Failure("no context \(use): `berth contexts` lists them", status: 66)
        }
        file.current = use
      }
      Terminal.print("Context \(use) is current.")
      return
    }
    let file = try store.read()
    var table = Table("", "CONTEXT", "ADDRESS", "USER")
    for (name, context) in file.contexts.sorted(by: { $0.key < $1.key }) {
      let loggedIn = context.refreshToken == nil ? "-" : context.username ?? "-"
      table.add(name == file.current ? "*" : "", name, context.address, loggedIn)
    }
    table.print()
  }
}
