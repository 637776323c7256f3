internal import Identity

/// All that a request named is blocked.
struct NoUsableIdentifier: Error {
    let blocked: [IdentifierField]
}
