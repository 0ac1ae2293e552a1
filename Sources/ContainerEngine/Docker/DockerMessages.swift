import Foundation

/// The parts of the Docker Engine API's messages that Berth reads and writes, by their names there.
enum DockerMessages {
  struct Version: Decodable {
    var version: String
    var apiVersion: String
    var minAPIVersion: String?

    enum CodingKeys: String, CodingKey {
      case version = "Version"
      case apiVersion = "ApiVersion"
      case minAPIVersion = "MinAPIVersion"
    }
  }

  struct HostInfo: Decodable {
    var cores: Int64
    var memoryBytes: Int64

    enum CodingKeys: String, CodingKey {
      case cores = "NCPU"
      case memoryBytes = "MemTotal"
    }
  }

  struct Create: Encodable {
    var image: String
    var command: [String]?
    var environment: [String]
    var labels: [String: String]
    var host: HostConfiguration

    enum CodingKeys: String, CodingKey {
      case image = "Image"
      case command = "Cmd"
      case environment = "Env"
      case labels = "Labels"
      case host = "HostConfig"
    }
  }

  struct HostConfiguration: Encodable {
    var nanoCPUs: Int64?
    var memory: Int64?
    var memorySwap: Int64?
    var processes: Int?
    var networkMode: String
    var autoRemove = false
    var log: LogConfiguration
    var deviceRequests: [DeviceRequest]?

    enum CodingKeys: String, CodingKey {
      case nanoCPUs = "NanoCpus"
      case memory = "Memory"
      case memorySwap = "MemorySwap"
      case processes = "PidsLimit"
      case networkMode = "NetworkMode"
      case autoRemove = "AutoRemove"
      case log = "LogConfig"
      case deviceRequests = "DeviceRequests"
    }
  }

  struct LogConfiguration: Encodable {
    var type = "json-file"
    var options = ["max-size": EngineLimits.logFileSize, "max-file": EngineLimits.logFiles]

    enum CodingKeys: String, CodingKey {
      case type = "Type"
      case options = "Config"
    }
  }

  struct DeviceRequest: Encodable {
    var driver = ""
    var devices: [String]
    var capabilities = [["gpu"]]

    enum CodingKeys: String, CodingKey {
      case driver = "Driver"
      case devices = "DeviceIDs"
      case capabilities = "Capabilities"
    }
  }

  struct Created: Decodable {
    var id: String
    var warnings: [String]?

    enum CodingKeys: String, CodingKey {
      case id = "Id"
      case warnings = "Warnings"
    }
  }

  struct Listed: Decodable {
    var id: String
    var state: String
    var labels: [String: String]?

    enum CodingKeys: String, CodingKey {
      case id = "Id"
      case state = "State"
      case labels = "Labels"
    }
  }

  struct Inspected: Decodable {
    struct State: Decodable {
      var status: String
      var exitCode: Int32
      var outOfMemory: Bool
      var error: String?

      enum CodingKeys: String, CodingKey {
        case status = "Status"
        case exitCode = "ExitCode"
        case outOfMemory = "OOMKilled"
        case error = "Error"
      }
    }

    struct Configuration: Decodable {
      var labels: [String: String]?

      enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }

    var id: String
    var state: State
    var configuration: Configuration

    enum CodingKeys: String, CodingKey {
      case id = "Id"
      case state = "State"
      case configuration = "Config"
    }
  }

  struct Event: Decodable {
    struct Actor: Decodable {
      var attributes: [String: String]?

      enum CodingKeys: String, CodingKey { case attributes = "Attributes" }
    }

    var type: String?
    var action: String
    var actor: Actor

    enum CodingKeys: String, CodingKey {
      case type = "Type"
      case action = "Action"
      case actor = "Actor"
    }
  }

  struct PullProgress: Decodable {
    var error: String?
  }
}
