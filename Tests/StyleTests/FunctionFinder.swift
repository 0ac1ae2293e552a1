/// Finds the functions of a file and how long they are.
enum FunctionFinder {
  struct Function: Equatable {
    let name: String
    /// Number of the line with its keyword.
    let line: Int
    /// From that line to the one with the closing brace.
    let length: Int
  }

  /// Functions, initializers, deinitializers, subscripts and computed properties with a body.
  static func functions(in file: SourceFile) -> [Function] {
    let text = Text(file.codeLines)
    return file.codeLines.indices.flatMap { index in
      keywords(in: file.codeLines[index]).compactMap { keyword in
        let start = text.offset(line: index, column: keyword.column)
        guard let end = text.endOfBody(from: start) else { return nil }
        return Function(name: keyword.name, line: index + 1, length: end - index)
      }
    }
  }

  private static func keywords(in line: String) -> [(name: String, column: Int)] {
    guard ["func", "init", "subscript", "var"].contains(where: line.contains) else { return [] }
    var found: [(String, Int)] = []
    let pattern = #/\b(?:func\s+(`[^`]+`|[^\s(<]+)|(init[?!]?|deinit|subscript)\s*[(<{])/#
    for match in line.matches(of: pattern) {
      let before = line[..<match.range.lowerBound]
      // `self.init(...)` and `.init(...)` are calls.
      guard before.last != ".", before.last != "@" else { continue }
      let name = match.output.1 ?? match.output.2 ?? "init"
      let column = line.utf8.distance(from: line.startIndex, to: match.range.lowerBound)
      found.append((String(name), column))
    }
    if let match = line.firstMatch(of: #/\bvar\s+(\w+)\s*:[^={]*\{\s*$/#) {
      let column = line.utf8.distance(from: line.startIndex, to: match.range.lowerBound)
      found.append((String(match.output.1), column))
    }
    return found
  }

  /// The code as bytes, with the offsets of its lines.
  private struct Text {
    private var bytes: [UInt8] = []
    private var lineStarts: [Int] = []

    init(_ lines: [String]) {
      for line in lines {
        lineStarts.append(bytes.count)
        bytes += line.utf8
        bytes.append(UInt8(ascii: "\n"))
      }
    }

    func offset(line: Int, column: Int) -> Int { lineStarts[line] + column }

    /// Number of the line with the brace that closes the body of what is declared at `start`; nil
    /// where it has no body, as in a protocol.
    func endOfBody(from start: Int) -> Int? {
      guard let open = startOfBody(from: start) else { return nil }
      var depth = 0
      for index in open..<bytes.count {
        if bytes[index] == UInt8(ascii: "{") { depth += 1 }
        if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
        if depth == 0 {
          return lineStarts.lastIndex { $0 <= index }.map { $0 + 1 }
        }
      }
      return nil
    }

    /// The first brace outside parentheses, unless the next declaration or the end of the scope
    /// comes first.
    private func startOfBody(from start: Int) -> Int? {
      var depth = 0
      var word: [UInt8] = []
      for index in start..<bytes.count {
        let byte = bytes[index]
        let isWordByte =
          byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@")
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        if isWordByte {
          word.append(byte)
          continue
        }
        if depth == 0, index - word.count > start, Self.isDeclaration(word) { return nil }
        word = []
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: "{") where depth == 0: return index
        case UInt8(ascii: "}") where depth == 0: return nil
        default: break
        }
      }
      return nil
    }

    private static func isDeclaration(_ word: [UInt8]) -> Bool {
      declarations.contains(String(decoding: word, as: UTF8.self))
        || word.first == UInt8(ascii: "@")
    }

    private static let declarations: Set<String> = [
      "func", "var", "let", "init", "deinit", "subscript", "case", "struct", "class", "enum",
      "protocol", "extension", "static", "package", "public", "private", "fileprivate", "internal",
      "mutating", "associatedtype", "typealias", "import", "nonisolated", "override", "final",
    ]
  }
}
