import EventLoop
import FastCGI
import TestSupport

/// A whole request is not refused on its way, nor taken for whole before it is; what stands behind it changes nothing;
/// and libfcgi takes it at once. (What would make it wait makes it drop the request: the connection is non-blocking.)
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

/// A worker that answers one request after the other.
private final class Taker: Sendable {
    static let shared = try! Taker()

    private let socket: TestSocket

    private init() throws {
        socket = try TestSocket()
        let loop = try EventLoop()
        Task(executorPreference: loop) { [socket] in
            let listener = try Listener(socket.listening, on: loop)
            while let channel = await listener.next() {
                while let exchange = await channel.next() {
                    _ = exchange.body(limit: 1000)
                    await exchange.respond(Response(status: 200, reason: "OK"))
                }
            }
        }
    }

    func take(_ bytes: [UInt8]) throws {
        let client = try FastCGIClient(path: socket.path)
        client.send(bytes)
        let reply = client.reply(within: .seconds(1))
        // It drops a role that it does not know.
        let isResponder = bytes[8] == 0 && bytes[9] == 1
        try require(
            isResponder ? reply.status == 200 : reply != .silence, "libfcgi does not take a whole request as it is")
    }
}
