public typealias CorrectionID = Int64

/// What a person says of identifiers, against the evidence or beside it.
public struct Correction: Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// Two identifiers do not belong together.
        case unlink
        /// Two contacts are two people.
        case keepApart = "keep-apart"
        /// An identifier names nobody.
        case disown
        /// An identifier is never disowned by a limit.
        case trust
    }

    public let id: CorrectionID
    public let kind: Kind
    /// What it keeps apart: each pair once, in order.
    public let apart: [IdentifierPair]
    /// What it withdraws by id. What directly ties two that are kept apart is withdrawn anyway.
    public let evidence: Set<EvidenceID>
    /// What it disowns, or trusts.
    public let identifier: Identifier?

    public init(
        id: CorrectionID, kind: Kind, apart: [IdentifierPair] = [], evidence: Set<EvidenceID> = [],
        identifier: Identifier? = nil
    ) {
        (self.id, self.kind, self.evidence, self.identifier) = (id, kind, evidence, identifier)
        self.apart = Set(apart).map(\.inOrder).sorted { $0.texts.lexicographicallyPrecedes($1.texts) }
    }

    /// What it makes nobody's.
    public var disowned: Identifier? { kind == .disown ? identifier : nil }

    /// Whether both say the same.
    public func isRepeated(by other: Correction) -> Bool {
        kind == other.kind && Set(apart) == Set(other.apart) && evidence == other.evidence
            && identifier == other.identifier
    }
}
