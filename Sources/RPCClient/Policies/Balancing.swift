/// How a channel spreads its calls over the addresses that its target stands for.
public enum Balancing: Sendable, Hashable {
  /// The first address that answers takes every call until it is lost; then they are tried anew, in
  /// order, one more after each quarter of a second until one answers.
  ///
  /// The default: a name often stands for several addresses of one server (IPv4 and IPv6), and a
  /// program with few calls needs one connection, not one to everybody.
  case pickFirst
  /// A connection to each address; they take turns, call by call. For servers that are alike and
  /// calls that cost about the same.
  case roundRobin
  /// A connection to each address; a call goes where the fewest of this channel's are under way. A
  /// slow server gets fewer. The best choice for much load over several servers.
  case leastOutstanding
}
