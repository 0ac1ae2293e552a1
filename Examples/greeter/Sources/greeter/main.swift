import Glibc
import RPCClient
import RPCServer

let words = CommandLine.arguments
do {
  switch (words.dropFirst().first, words.count) {
  case ("serve", 5): try await serve(port: words[2], certificate: words[3], key: words[4])
  case ("hello", 5...): try await hello(words[4...], address: words[2], authority: words[3])
  default:
    throw RPCStatus(.invalidArgument, "say: serve PORT CERTIFICATE KEY | hello ADDRESS CA NAME")
  }
} catch {
  fputs("greeter: \(error)\n", fdopen(STDERR_FILENO, "w"))
  exit(1)
}

func serve(port: String, certificate: String, key: String) async throws {
  guard let port = UInt16(port) else { throw RPCStatus(.invalidArgument, "\(port) is no port") }
  var router = Router()
  GreeterHandler().register(in: &router)
  let identity = ServerIdentity(certificatePath: certificate, privateKeyPath: key)
  let server = RPCServer(configuration: .init(port: port, identity: identity), router: router)
  try await server.run { port in
    print("listening on port \(port)")
    fflush(nil)
  }
}

func hello(_ names: ArraySlice<String>, address: String, authority: String) async throws {
  let trust = ChannelOptions.Trust.certificateAuthority(path: authority)
  let channel = try await Channel.connect(to: address, options: ChannelOptions(trust: trust))
  let (greeter, options) = (GreeterServiceClient(channel), CallOptions(deadline: .seconds(5)))
  if names.count == 1 {
    print(try await greeter.sayHello(Guest(name: names.joined()), options: options).text)
  } else {
    let party = Party(guests: names.map { Guest(name: $0) })
    for try await greeting in greeter.sayHellos(party, options: options) { print(greeting.text) }
  }
  await channel.close()
}
