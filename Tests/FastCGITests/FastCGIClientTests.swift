import Glibc
import TestSupport
import Testing

@Suite("The FastCGI client of these tests")
struct FastCGIClientTests {
    /// As libFuzzer's timer does.
    @Test("waits on when a signal comes")
    func signals() throws {
        signal(SIGALRM) { _ in }
        // The threads of tests block all signals.
        var (alarm, before) = (sigset_t(), sigset_t())
        sigaddset(&alarm, SIGALRM)
        pthread_sigmask(SIG_UNBLOCK, &alarm, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let socket = try TestSocket()
        let client = try FastCGIClient(path: socket.path)
        let thread = pthread_self()
        let signals = Background {
            for _ in 0..<10 {
                usleep(20_000)
                pthread_kill(thread, SIGALRM)
            }
        }
        let begin = ContinuousClock.now
        #expect(client.reply(within: .milliseconds(400)) == .silence)
        #expect(ContinuousClock.now - begin > .milliseconds(390))
        try signals.join()
    }
}
