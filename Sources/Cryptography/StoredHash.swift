/// The parts of a stored scrypt string. Parsing refuses what no hash of ours can be, before any
/// work.
struct StoredHash: CustomStringConvertible {
  let cost: Scrypt.Cost
  let salt: [UInt8]
  let hash: [UInt8]

  init(cost: Scrypt.Cost, salt: [UInt8], hash: [UInt8]) {
    self.cost = cost
    self.salt = salt
    self.hash = hash
  }

  init?(_ text: String) {
    guard text.utf8.count <= CryptographyLimits.scryptStringBytes else { return nil }
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
      let cost = Self.cost(parts[2]), cost.isWithinBounds,
      let salt = Base64.decode(parts[3]), let hash = Base64.decode(parts[4]),
      CryptographyLimits.scryptFieldBytes.contains(salt.count),
      CryptographyLimits.scryptFieldBytes.contains(hash.count)
    else { return nil }
    self.init(cost: cost, salt: salt, hash: hash)
  }

  var description: String {
    let parameters = "ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelism)"
    return "$scrypt$\(parameters)$\(Base64.encode(salt))$\(Base64.encode(hash))"
  }

  private static func cost(_ text: Substring) -> Scrypt.Cost? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, let logN = number(parts[0], "ln="), let r = number(parts[1], "r="),
      let p = number(parts[2], "p=")
    else { return nil }
    return Scrypt.Cost(logN: logN, blockSize: r, parallelism: p)
  }

  private static func number(_ text: Substring, _ prefix: String) -> Int? {
    guard text.hasPrefix(prefix) else { return nil }
    let digits = text.dropFirst(prefix.count)
    // No sign, no leading zero: one string for one cost.
    guard (1...3).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
      digits.first != "0"
    else { return nil }
    return Int(digits)
  }
}
