public import Identity

/// What a correction is about, before it is looked up.
public enum CorrectionSubject: Sendable {
    /// The two do not belong together, nor what the evidence ties. At least one of both is given.
    case unlink(IdentifierPair?, evidence: Set<EvidenceID>)
    /// What the two contacts own is two people's.
    case keepApart(ContactID, ContactID, evidence: Set<EvidenceID>)
    case disown(Identifier)
    case trust(Identifier)
}

public struct CorrectionRequest: Sendable {
    public static let longestNote = 500

    public let subject: CorrectionSubject
    /// At most `longestNote` bytes.
    public let note: String?
    /// Whether only what would come of it is asked for.
    public let isDryRun: Bool

    public init(_ subject: CorrectionSubject, note: String?, isDryRun: Bool) {
        (self.subject, self.note, self.isDryRun) = (subject, note, isDryRun)
    }
}

/// A correction as it was recorded.
public struct CorrectionRecord: Sendable {
    /// `nil` in a dry run.
    public let correction: Correction
    public let hasID: Bool
    /// `nil` in a dry run.
    public let at: String?
    public let origin: RequestOrigin
    public let note: String?
    public let undoneAt: String?
    /// Whether it named an identifier that was erased since: it is empty, and keeps nothing apart any more.
    public let isErased: Bool
}

/// A customer that a correction leaves. Ids are `nil` that a dry run does not draw.
public struct CorrectedCustomer: Sendable {
    public let primaryID: ContactID?
    public let secondaryIDs: [ContactID?]
    public let emails: [Email]
    public let phones: [Phone]
}

public struct Corrected: Sendable {
    /// Those that were made, or undone.
    public let records: [CorrectionRecord]
    /// The customers that come of it, the oldest first.
    public let customers: [CorrectedCustomer]
}

/// Why a correction was not made. Nothing was written.
public enum CorrectionRefusal: Error, Equatable, Sendable {
    /// An identifier that belongs to nobody, or an id that was never given out.
    case unknown(String)
    /// A contact or a correction that was erased.
    case erased(String)
    /// What is to be parted is connected by other evidence.
    case stillConnected(CustomerGraph.StillConnected)
    /// These corrections keep apart what the undo would join.
    case keptApart([CorrectionID])
    case doesNotApply(String)
    /// The customers have more contacts than one correction takes.
    case tooLarge

    /// In contacts.
    static let mostContacts = 10_000
}
