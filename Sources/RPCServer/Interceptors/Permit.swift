/// What an authorizer attaches to the calls that it lets in, for their handlers. A class, so that
/// a call carries it for the price of a reference; one value stands for many calls.
public protocol Permit: AnyObject, Sendable {}
