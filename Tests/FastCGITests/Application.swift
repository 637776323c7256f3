import FastCGI
import Foundation
import TestSupport
import Testing

/// Workers that answer what comes to a socket of their own, until they are let go of.
final class Application: Sendable {
    let socket: TestSocket
    private let running = DispatchGroup()

    var path: String { socket.path }

    init(workers: Int = 1, _ answer: @escaping @Sendable (borrowing Exchange) -> Response = Application.echo) throws {
        socket = try TestSocket()
        for _ in 0..<workers {
            running.enter()
            // A receiver is for the thread that makes it.
            Thread { [socket, running] in
                defer { running.leave() }
                do {
                    Application.work(try socket.receiver(), answer)
                } catch {
                    Issue.record(error)
                }
            }.start()
        }
    }

    private static func work(_ receiver: Receiver, _ answer: (borrowing Exchange) -> Response) {
        while true {
            switch receiver.next(timeout: .seconds(1)) {
            case .request(let exchange):
                let response = answer(exchange)
                exchange.respond(response)
            case .idle: break
            case .stop: return
            }
        }
    }

    deinit {
        socket.stopSignal.send()
        running.wait()
    }

    /// Sends a whole request and waits for what comes back.
    func ask(
        _ parameters: [(String, String)] = [], body: [UInt8] = [], within limit: Duration = .seconds(5)
    ) throws -> FastCGIClient.Reply {
        let client = try FastCGIClient(path: path)
        client.send(FastCGIRecord.request(parameters, body: body))
        return client.reply(within: limit)
    }

    static let bodyLimit = 1000

    /// 200 with the body and the parameter ECHO, 413, or 400.
    static func echo(_ exchange: borrowing Exchange) -> Response {
        switch exchange.body(limit: bodyLimit) {
        case .whole(let bytes):
            Response(
                status: 200, reason: "OK", headers: [("X-Echo", exchange.parameter("ECHO") ?? "none")], body: bytes)
        case .tooLarge: Response(status: 413, reason: "Content Too Large")
        case .truncated: Response(status: 400, reason: "Bad Request")
        }
    }
}
