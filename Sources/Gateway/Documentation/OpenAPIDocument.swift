import Descriptors
import HTTPTypes
import Messages

/// What the gateway offers, as an OpenAPI 3.1 document: every RPC as its .proto file describes it,
/// and the older surface as its endpoints check it.
struct OpenAPIDocument {
  private static let title = "Berth"
  private static let words = """
    Deploys Dockerized models onto clusters of CPU, memory and GPU. Every RPC is \
    `POST /berth.v1.Service/Method` with protobuf's JSON mapping. The paths below `/core`, `/user`, \
    `/organization`, `/cluster` and `/deployment` are those of the older HTTP platform.
    """

  private let version: String
  private let catalog: TypeCatalog
  private var messages: MessageSchemas
  private var records = RecordSchemas()

  /// The document as JSON text.
  static func text(version: String) throws(DescriptorError) -> String {
    var document = OpenAPIDocument(version: version, catalog: try TypeCatalog(Services.all))
    return document.json().text(JSONOptions(isPretty: true))
  }

  private init(version: String, catalog: TypeCatalog) {
    self.version = version
    self.catalog = catalog
    messages = MessageSchemas(catalog)
  }

  private mutating func json() -> JSONValue {
    let paths = endpointPaths() + methodPaths()
    return [
      "openapi": "3.1.0",
      "info": [
        "title": .string(Self.title), "version": .string(version),
        "description": .string(Self.words),
      ],
      "servers": [["url": "/", "description": "This console."]],
      "tags": .array(tags), "paths": .object(paths),
      "components": [
        "schemas": .object(SharedComponents.schemas + records.members + messages.members),
        "responses": SharedComponents.responses, "parameters": SharedComponents.parameters,
        "securitySchemes": SharedComponents.securitySchemes,
      ],
    ]
  }

  private var tags: [JSONValue] {
    let older: [JSONValue] = EndpointTag.all.map { tag in
      ["name": .string(tag.name), "description": .string(tag.words)]
    }
    return older
      + catalog.services.map { name, service in
        [
          "name": .string(service.name),
          "description": .string(Comment(service.comments).text),
        ]
      }
  }

  // MARK: The older surface

  private mutating func endpointPaths() -> [JSONMember] {
    Endpoint.all.map { endpoint in
      JSONMember(
        name: endpoint.path,
        value: .object([
          JSONMember(
            name: endpoint.method.rawValue.lowercased(), value: records.operation(endpoint))
        ]))
    }
  }

  // MARK: RPCs

  private mutating func methodPaths() -> [JSONMember] {
    var paths: [JSONMember] = []
    for (name, service) in catalog.services {
      for method in service.methods {
        let value = operation(method, of: service)
        paths.append(
          JSONMember(
            name: "/\(name)/\(method.name)",
            value: .object([JSONMember(name: "post", value: value)])))
      }
    }
    return paths
  }

  private mutating func operation(
    _ method: Proto.Method, of service: Proto.Service
  ) -> JSONValue {
    let comment = Comment(method.comments)
    var members: [JSONMember] = [
      JSONMember(name: "operationId", value: .string("\(service.name)_\(method.name)")),
      JSONMember(name: "tags", value: [.string(service.name)]),
      JSONMember(
        name: "summary", value: .string(comment.text.isEmpty ? method.name : comment.summary)),
    ]
    if !comment.text.isEmpty {
      members.append(JSONMember(name: "description", value: .string(comment.text)))
    }
    members += [
      JSONMember(
        name: "security",
        value: SharedComponents.security(
          isOpen: OpenMethods.paths.contains("\(service.name)/\(method.name)"))),
      JSONMember(name: "parameters", value: SharedComponents.parameterReferences),
      JSONMember(
        name: "requestBody",
        value: [
          "description": "An empty body stands for a request without fields.",
          "content": [
            "application/json": [
              "schema": messages.reference(to: TypeCatalog.name(method.input))
            ]
          ],
        ]), JSONMember(name: "responses", value: responses(method)),
    ]
    return .object(members)
  }

  private mutating func responses(_ method: Proto.Method) -> JSONValue {
    let output = messages.reference(to: TypeCatalog.name(method.output))
    if method.requestStreaming {
      return [
        "501": ["$ref": "#/components/responses/RPCError"],
        "default": ["$ref": "#/components/responses/RPCError"],
      ]
    }
    if method.responseStreaming {
      return [
        "200": [
          "description":
            "One JSON value a line, each sent when it comes. An error ends the stream as its last line.",
          "content": [
            "application/x-ndjson": [
              "schema": [
                "anyOf": [output, ["$ref": "#/components/schemas/StreamError"]]
              ]
            ]
          ],
        ], "default": ["$ref": "#/components/responses/RPCError"],
      ]
    }
    return [
      "200": [
        "description": "What was asked for.",
        "content": ["application/json": ["schema": output]],
      ], "default": ["$ref": "#/components/responses/RPCError"],
    ]
  }
}
