internal import Glibc
public import CProtobuf

/// What generated code reads C structs with. The pointers are valid until the use of the arena
/// ends; everything is copied.
public enum Unpack {
  /// The string, if it is UTF-8 without a NUL character.
  public static func string(
    _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String
  ) throws(MessageError) -> String {
    guard let start = data.data, data.len > 0 else { return "" }
    if memchr(start, 0, data.len) != nil {
      throw MessageError(field: field(), problem: "holds a NUL character")
    }
    // UTF8Span and not String(validating:as:), which takes three times as long.
    guard
      let text = try? UTF8Span(validating: UnsafeBufferPointer(start: start, count: data.len).span)
    else {
      throw MessageError(field: field(), problem: "is not UTF-8")
    }
    return String(copying: text)
  }

  /// The bytes.
  public static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
  }

  /// The message, or nil where there is none.
  public static func message<C, M: Message>(
    _ pointer: UnsafeMutablePointer<C>?, _ field: @autoclosure () -> String, as: M.Type
  ) throws(MessageError) -> M? {
    guard let pointer else { return nil }
    do throws(MessageError) {
      return try M(unpacked: UnsafeRawPointer(pointer))
    } catch {
      throw error.within(field())
    }
  }

  /// Numbers that look the same in C.
  public static func array<C: BitwiseCopyable>(
    _ start: UnsafeMutablePointer<C>?, _ count: Int
  ) -> [C] {
    [C](UnsafeBufferPointer(start: start, count: count))
  }

  /// What `transform` makes of each element.
  public static func array<C, T>(
    _ start: UnsafeMutablePointer<C>?, _ count: Int, _ transform: (C) -> T
  ) -> [T] {
    UnsafeBufferPointer(start: start, count: count).map(transform)
  }

  /// Strings, each checked.
  public static func strings(
    _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: String
  ) throws(MessageError) -> [String] {
    var result: [String] = []
    result.reserveCapacity(count)
    for (index, data) in UnsafeBufferPointer(start: start, count: count).enumerated() {
      result.append(try string(data, "\(field)[\(index)]"))
    }
    return result
  }

  /// Messages, each checked.
  public static func messages<C, M: Message>(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ count: Int, _ field: String
  ) throws(MessageError) -> [M] {
    var result: [M] = []
    result.reserveCapacity(count)
    for (index, pointer) in UnsafeBufferPointer(start: start, count: count).enumerated() {
      if let element = try message(pointer, "\(field)[\(index)]", as: M.self) {
        result.append(element)
      }
    }
    return result
  }

  /// A map from its entries; of entries with the same key the last one counts. An error of a value
  /// names its key.
  public static func dictionary<C, Key: Hashable & CustomStringConvertible, Value>(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ count: Int, _ field: String,
    key: (UnsafeMutablePointer<C>) throws(MessageError) -> Key,
    value: (UnsafeMutablePointer<C>) throws(MessageError) -> Value
  ) throws(MessageError) -> [Key: Value] {
    var result: [Key: Value] = [:]
    result.reserveCapacity(count)
    for case let entry? in UnsafeBufferPointer(start: start, count: count) {
      let entryKey: Key
      do throws(MessageError) { entryKey = try key(entry) } catch { throw error.within(field) }
      do throws(MessageError) {
        result[entryKey] = try value(entry)
      } catch {
        throw error.within(MessageError.entry(of: field, key: entryKey))
      }
    }
    return result
  }
}
