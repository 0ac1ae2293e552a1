package import Gateway
package import Hummingbird
import HTTPTypes
import struct NIOCore.ByteBuffer

/// The files that pages are made of. Their addresses have a digest of all of them, so that browsers
/// may keep them for ever; the page itself is asked for each time.
package struct AssetRoutes: Sendable {
  private struct Asset: Sendable {
    let bytes: ByteBuffer
    let type: String
    /// In quotes, as `ETag` has it.
    let tag: String
  }

  /// Stands in the page for the address of its files.
  private static let placeholder = "ASSETS"
  private static let page = "index.html"
  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
  ]

  private let assets: [String: Asset]
  /// Of all files together.
  package let digest: String

  package init() {
    let digest = Self.digest(of: EmbeddedAssets.files.map(\.digest))
    self.digest = digest
    assets = Dictionary(
      EmbeddedAssets.files.map { file in
        let text =
          file.name == Self.page
          ? file.text.replacing(Self.placeholder, with: "/assets/\(digest)") : file.text
        let ending = file.name.split(separator: ".").last.map(String.init) ?? ""
        return (
          file.name,
          Asset(
            bytes: ByteBuffer(string: text), type: Self.types[ending] ?? "application/octet-stream",
            tag: "\"\(file.name == Self.page ? digest : file.digest)\"")
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  package func add(to group: RouterGroup<GatewayContext>) {
    group.get("/") { request, _ in answer(Self.page, request, caching: "no-cache") }
    group.get("/assets/:digest/**") { request, context in
      // Files of another release of the console: the page that asks for them is older.
      guard context.parameters.get("digest") == digest else { throw HTTPError(.notFound) }
      let name = context.parameters.getCatchAll().joined(separator: "/")
      return answer(name, request, caching: "public, max-age=31536000, immutable")
    }
  }

  private func answer(_ name: String, _ request: Request, caching: String) -> Response {
    guard let asset = assets[name] else { return Response(status: .notFound) }
    let headers: HTTPFields = [
      .contentType: asset.type, .eTag: asset.tag, .cacheControl: caching,
    ]
    if request.headers[.ifNoneMatch] == asset.tag {
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.bytes))
  }

  /// FNV-1a: it tells releases apart, it keeps nobody from forging one.
  private static func digest(of texts: [String]) -> String {
    let hash = texts.joined().utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
