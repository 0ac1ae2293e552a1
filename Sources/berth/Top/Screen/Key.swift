/// A key of a keyboard.
enum Key: Hashable {
  case character(Character)
  case control(Character)
  case up, down, left, right, pageUp, pageDown, home, end
  case enter, tab, backTab, backspace, escape
}
