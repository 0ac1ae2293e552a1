/// The protoc plugin of Berth. As a plugin it writes Swift; called with `--c-descriptors` it
/// rewrites a FileDescriptorSet (standard input to standard output) so that protoc-c takes it.
import Foundation
import SwiftProtobufPluginLibrary

if CommandLine.arguments.dropFirst().first == "--c-descriptors" {
  do {
    let input = FileHandle.standardInput.readDataToEndOfFile()
    FileHandle.standardOutput.write(try CDescriptorSet.rewritten(input))
  } catch {
    FileHandle.standardError.write(Data("protoc-gen-berth: \(error)\n".utf8))
    exit(1)
  }
} else {
  BerthGenerator().main(nil)
}
