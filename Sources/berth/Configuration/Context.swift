import Foundation

/// A server and a login on it.
struct Context: Codable, Equatable {
  var address: String
  var ca: String?
  var serverName: String?
  var username: String?
  var accessToken: String?
  var accessExpiresAt: Date?
  var refreshToken: String?
}

/// What `~/.config/berth/config.json` holds.
struct ContextFile: Codable, Equatable {
  var current: String?
  var contexts: [String: Context] = [:]
}
