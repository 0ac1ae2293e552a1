import Foundation

/// A character as a terminal shows it: in one cell or in two.
struct Glyph: Hashable {
  let text: String
  let width: Int
}

extension String {
  /// What a terminal may be given of the text. Every terminal counts these as wide as this does:
  /// sequences that some join and others do not (flags, families) lose what follows their first
  /// character.
  var glyphs: [Glyph] {
    // Most are plain, and need no look at each character's properties.
    if utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) {
      return unicodeScalars.map { Glyph(text: String($0), width: 1) }
    }
    return printable.precomposedStringWithCanonicalMapping.compactMap(Self.glyph)
  }

  /// In cells.
  var width: Int { glyphs.reduce(0) { $0 + $1.width } }

  private static func glyph(_ character: Character) -> Glyph? {
    guard let first = character.unicodeScalars.first, !isMark(first) else { return nil }
    var text = String(first)
    for mark in character.unicodeScalars.dropFirst().prefix(TopLimits.marks) {
      guard mark.properties.generalCategory == .nonspacingMark, mark.value < 0xfe00 else { break }
      text.unicodeScalars.append(mark)
    }
    return Glyph(text: text, width: isWide(first) ? 2 : 1)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark, .format, .unassigned, .privateUse,
      .surrogate:
      true
    // Vowels and finals of Hangul that no syllable took in.
    default: 0x1160...0x11ff ~= scalar.value
    }
  }

  /// After Unicode's East Asian Width: W and F.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Below, and halves of flags.
    case ..<0x1100, 0x1f1e6...0x1f1ff: false
    case 0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf,
      0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f,
      0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2ff,
      0x1f200...0x1f265, 0x20000...0x3fffd:
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
