import Glibc
import Testing

/// A connection of the store with a gate in it: a statement reaches the server when it is let through, also in the middle of a
/// pipeline. Behind each goes a Flush, which does nothing but have its answer sent at once: else the server would
/// keep it until the pipeline ends.
final class GatedConnection {
    /// What the server is still to answer.
    private enum Due: Equatable {
        /// An Execute.
        case statement
        /// What ends with ReadyForQuery: a Sync or a Query.
        case ready
        /// The same, asked by the gate itself: nobody else is to hear of it.
        case ownReady
    }

    let client: Int32
    let server: Int32
    /// The server process.
    private(set) var process: Int64?
    /// What the next statement is, if it is held.
    private(set) var held: String?
    /// What was let through last.
    private(set) var passed = ""
    var holdsStatements = false
    private(set) var isClosed = false
    /// Whether it was set up: a session of the store prepares its statements last.
    private(set) var hasPrepared = false

    private let isolation: Isolation
    private var fromClient = WireMessages(ofClient: true)
    private var fromServer = WireMessages(ofClient: false)
    private var due: [Due] = []
    /// The next answer does not arrive, and the connection is lost.
    private var losesAnswer = false
    /// How many statements may pass.
    private var passes = 0
    /// The server ignores all up to a Sync.
    private var isSkipping = false
    /// All but a ROLLBACK fails, too, so none of it is a step.
    private var hasFailed = false

    init(client: Int32, server: Int32, at isolation: Isolation) {
        self.client = client
        self.server = server
        self.isolation = isolation
    }

    deinit {
        close(client)
        close(server)
    }

    /// Nothing is under way in the server.
    var isAnswered: Bool { due.isEmpty }

    /// From now on, who waits for a lock waits until it has it: after how long it would give up is a matter of time, and not of
    /// order.
    func waitForLocks() {
        due.append(.ownReady)
        send(WireMessage(query: "SET lock_timeout = 0"), to: server)
    }

    /// Lets the statement through that is held: a BEGIN with the one behind it.
    func letThrough(losingAnswer: Bool = false) {
        losesAnswer = losingAnswer
        passes = held?.hasPrefix("begin") == true ? 2 : 1
        forwardToServer()
    }

    /// Takes what the client sent.
    func readClient() {
        guard let bytes = read(from: client) else { return }
        fromClient.append(bytes)
        forwardToServer()
    }

    /// Takes what the server answered.
    func readServer() {
        guard let bytes = read(from: server) else { return }
        fromServer.append(bytes)
        while let message = fromServer.next {
            fromServer.remove(message)
            let isOurs = due.first == .ownReady
            note(message)
            // A COPY is answered when its rows have come, for which it asks.
            let asksForRows = message.type == UInt8(ascii: "G")
            if !isOurs && (!losesAnswer || asksForRows) { send(message, to: client) }
        }
        if losesAnswer && isAnswered {
            isClosed = true
            for end in [client, server] { shutdown(end, Int32(SHUT_RDWR)) }
            return
        }
        forwardToServer()
    }

    private func forwardToServer() {
        held = nil
        while let message = fromClient.next {
            // What comes behind the Sync is not skipped.
            if isSkipping && !due.isEmpty { return }
            if let statement = message.gatedStatement, holdsStatements, !isSkipping, !hasFailed {
                if passes == 0 {
                    held = statement
                    return
                }
                passes -= 1
                passed = statement.hasPrefix("begin") ? "BEGIN" : passed == "BEGIN" ? "BEGIN \(statement)" : statement
            }
            fromClient.remove(message)
            send(isolation.written(into: message), to: server)
            switch UnicodeScalar(message.type) {
            case "E" where !isSkipping:
                due.append(.statement)
                send(.flush, to: server)
            case "S", "Q":
                due.append(.ready)
            case "P":
                hasPrepared = true
            default:
                break
            }
        }
    }

    /// What an answer says of where the server is.
    private func note(_ message: WireMessage) {
        switch UnicodeScalar(message.type) {
        case "K":
            process = message.process
        case "C", "I", "s":
            if due.first == .statement { due.removeFirst() }
        case "E":
            // A Query's ends with its ReadyForQuery.
            if due.first == .statement {
                isSkipping = true
                due.removeAll { $0 == .statement }
            }
        case "Z":
            if !due.isEmpty { due.removeFirst() }
            isSkipping = false
            hasFailed = message.hasFailed
        default:
            break
        }
    }

    private func read(from descriptor: Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count <= 0 {
            isClosed = true
            return nil
        }
        return buffer.prefix(count)
    }

    private func send(_ message: WireMessage, to descriptor: Int32) {
        var rest = message.bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                isClosed = true
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}

/// The level of the transactions that write.
enum Isolation: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// As in service.
    case serializable = "SERIALIZABLE"
    case repeatableRead = "REPEATABLE READ"

    var testDescription: String { rawValue }

    /// Of a Parse: with this level where the store says its own.
    fileprivate func written(into message: WireMessage) -> WireMessage {
        message.type == UInt8(ascii: "P")
            ? message.replacing("SERIALIZABLE READ WRITE", with: "\(rawValue) READ WRITE") : message
    }
}

extension WireMessage {
    /// The statement that begins with it, if one does.
    fileprivate var gatedStatement: String? {
        switch UnicodeScalar(type) {
        case "B": statement
        case "Q": query
        default: nil
        }
    }
}
