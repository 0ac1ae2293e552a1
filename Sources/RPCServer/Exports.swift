// A program that serves imports this module alone: messages and statuses come with it.
@_exported public import Messages
@_exported public import Wire
