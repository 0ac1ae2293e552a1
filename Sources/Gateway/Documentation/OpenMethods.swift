/// The methods that anyone may call. The server decides; a test holds this list to what it does.
enum OpenMethods {
  static let paths: Set<String> = [
    "UserService/CreateUser", "UserService/Login", "UserService/RefreshToken",
    "AdminService/Version", "HealthService/Check", "HealthService/Watch",
  ]
}
