import HTTPTypes
import Hummingbird
import NIOCore

/// A page that describes the gateway, the same for everybody: kept by browsers, asked again by its
/// digest.
struct DocumentationPage: Sendable {
  /// Nothing but the page's own files is loaded, and nobody may frame it.
  private static let policy = """
    default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    """

  let path: String
  private let type: String
  private let tag: String
  private let body: ByteBuffer

  init(path: String, type: String, digest: String, text: String) {
    self.path = path
    self.type = type
    tag = "\"\(digest)\""
    body = ByteBuffer(string: text)
  }

  func response(to request: Request) -> Response {
    var headers: HTTPFields = [
      .eTag: tag, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
    ]
    if let name = HTTPField.Name("referrer-policy") { headers[name] = "no-referrer" }
    if request.headers[.ifNoneMatch] == tag {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = type
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
  }
}

extension DocumentationPage {
  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
  ]

  /// The page at /docs and its files beside it.
  static let assets: [DocumentationPage] = EmbeddedAssets.files.map { file in
    let ending = file.name.split(separator: ".").last.map(String.init) ?? ""
    return DocumentationPage(
      path: file.name == "docs.html" ? "/docs" : "/docs/\(file.name)",
      type: types[ending] ?? "application/octet-stream", digest: file.digest, text: file.text)
  }
}

extension DocumentationPage {
  static func openAPI(version: String) throws -> DocumentationPage {
    let text = try OpenAPIDocument.text(version: version)
    return DocumentationPage(
      path: "/openapi.json", type: "application/json; charset=utf-8", digest: digest(text),
      text: text + "\n")
  }

  /// FNV-1a of 64 bits: tells two releases' documents apart, which is all that a tag must.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
