import EventLoop
import FastCGI
import TestSupport

/// A whole request is not refused on its way, nor taken for whole before it is; what stands behind it changes nothing;
/// and libfcgi takes it at once.
func checkRequestFrame(_ bytes: [UInt8]) throws {
    guard inspect(bytes[...]) == .complete, bytes.count <= Channel.maximumRequestSize else { return }
    // Those that are whole from some byte on.
    let end = bytes.indices.first { inspect(bytes[..<$0]) == .complete } ?? bytes.endIndex
    let isRefused = bytes[..<end].indices.contains { inspect(bytes[..<$0]) == .refused }
    try require(!isRefused, "the beginning of a whole request is refused")
    let isIncomplete = (end...bytes.endIndex).contains { inspect(bytes[..<$0]) != .complete }
    try require(!isIncomplete, "a whole request is none, with more behind it")
    try Taker.shared.take(bytes)
}

private func inspect(_ bytes: ArraySlice<UInt8>) -> RequestFrame {
    bytes.withUnsafeBytes(RequestFrame.inspect)
}

/// A worker that takes one request after the other.
private final class Taker: Sendable {
    static let shared = try! Taker()

    private let socket: TestSocket
    private let worker: LoopActor

    private init() throws {
        socket = try TestSocket()
        worker = try LoopActor()
    }

    func take(_ bytes: [UInt8]) throws {
        let client = try FastCGIClient(path: socket.path)
        client.send(bytes)
        let time = try worker.wait { [socket] worker in
            let listener = try Listener(socket.listening, on: worker.loop)
            let channel = await listener.next()
            let start = ContinuousClock.now
            if let exchange = await channel?.next() {
                _ = exchange.body(limit: 1000)
                exchange.respond(Response(status: 200, reason: "OK"))
            }
            return ContinuousClock.now - start
        }
        try require(time < .seconds(1), "libfcgi waits for more")
        try require(client.reply(within: .seconds(1)) != .silence, "a whole request is neither answered nor dropped")
    }
}
