import Messages
import Wire

/// The parts of the OpenAPI document that operations refer to.
enum SharedComponents {
  static func security(isOpen: Bool) -> JSONValue {
    isOpen ? [] : [["bearer": []]]
  }

  static let securitySchemes: JSONValue = [
    "bearer": [
      "type": "http", "scheme": "bearer",
      "description":
        "An access token of `login_user` or `UserService/Login`, or a service account's API key.",
    ]
  ]

  static let parameterReferences: JSONValue = [
    ["$ref": "#/components/parameters/RequestTimeout"],
    ["$ref": "#/components/parameters/RequestID"], ["$ref": "#/components/parameters/Traceparent"],
  ]

  static let parameters: JSONValue = [
    "RequestTimeout": [
      "name": "x-request-timeout", "in": "header", "required": false,
      "description":
        "Seconds that the call may take, fractions allowed; 30 if left out, no bound for streams.",
      "schema": ["type": "number", "exclusiveMinimum": 0, "maximum": 86400],
    ],
    "RequestID": [
      "name": "x-request-id", "in": "header", "required": false,
      "description": "Found again in the answer's headers; made up if left out.",
      "schema": ["type": "string", "maxLength": 128],
    ],
    "Traceparent": [
      "name": "traceparent", "in": "header", "required": false,
      "description": "The trace that the call belongs to (W3C Trace Context).",
      "schema": ["type": "string"],
    ],
  ]

  static let responses: JSONValue = .object(
    [
      response("RPCError", "The call's status, other than OK.", "RPCError"),
      response("Detail", "Any other error.", "Detail"),
    ]
      + [
        ("400", "What was asked is invalid, or is there already."),
        ("401", "No token, or one that does not hold."), ("403", "The caller may not do this."),
        ("404", "What the request names does not exist, or not for the caller."),
        ("409", "The state of what the request names forbids it."),
        ("422", "Fields that are wrong."), ("503", "Not now: try again."),
      ].map { response("Detail\($0)", $1, "Detail") })

  private static func response(
    _ name: String, _ words: String, _ schema: String
  ) -> JSONMember {
    JSONMember(
      name: name,
      value: [
        "description": .string(words),
        "content": [
          "application/json": [
            "schema": ["$ref": .string("#/components/schemas/\(schema)")]
          ]
        ],
      ])
  }

  static let schemas: [JSONMember] = [
    JSONMember(
      name: "RPCError",
      value: [
        "type": "object", "required": ["code", "message", "details"],
        "properties": [
          "code": [
            "type": "string",
            "enum": .array(StatusCode.allCases.filter { $0 != .ok }.map { .string($0.name) }),
          ], "message": ["type": "string"],
          "details": [
            "type": "array",
            "description":
              "Messages of google.rpc: BadRequest (`fieldViolations`), RetryInfo (`retryDelay`), QuotaFailure (`violations`), ErrorInfo (`reason`, `domain`, `metadata`).",
            "items": [
              "type": "object", "required": ["@type"],
              "properties": ["@type": ["type": "string"]],
            ],
          ],
        ],
      ]),
    JSONMember(
      name: "StreamError",
      value: [
        "type": "object", "required": ["error"],
        "properties": ["error": ["$ref": "#/components/schemas/RPCError"]],
      ]),
    JSONMember(
      name: "Detail",
      value: [
        "type": "object", "required": ["detail"],
        "properties": [
          "detail": [
            "anyOf": [
              ["type": "string"],
              ["type": "array", "items": ["$ref": "#/components/schemas/FieldProblem"]],
            ]
          ]
        ],
      ]),
    JSONMember(
      name: "FieldProblem",
      value: [
        "type": "object", "required": ["loc", "msg", "type"],
        "properties": [
          "loc": [
            "type": "array", "items": ["type": "string"],
            "description": "Where the field is, for example `[\"body\", \"username\"]`.",
          ], "msg": ["type": "string"], "type": ["type": "string"],
        ],
      ]),
  ]
}
