internal import EventLoop
internal import Identity
internal import PostgreSQL

/// `read`, for all requests of a worker at once.
///
/// Questions wait in a queue until one of its sessions is idle, which then takes some of them and asks them in one
/// statement. No question waits for others to come: a lone one is asked alone, at once, and the busier the database
/// is, the more are asked together. Each is answered or refused by its own deadline, whatever the session does.
final class ContactReader {
    private struct Question {
        let email: Email?
        let phone: Phone?
        let deadline: Deadline
        let answer: Promise<Result<[Contact], any Error>>
    }

    /// More at once gain little, and all of them would come back at once: one part of the machine works while the
    /// others wait for it.
    private static let mostAtOnce = 8

    /// How soon questions are refused, and a new connection is tried, while there is no connection.
    private static let disconnectedPause = Duration.milliseconds(20)

    /// How long an answer may be late before its connection counts as lost. Its questions have been refused by then.
    private static let grace = Duration.milliseconds(500)

    private let sessions: [Session]
    private let connectDeadline: Duration
    private let loop: EventLoop
    private var questions: [Question] = []
    private let idle: WaitingLine<Void>
    private var isStopped = false

    init(_ sessions: [Session], connectDeadline: Duration, on loop: EventLoop) {
        self.sessions = sessions
        self.loop = loop
        self.connectDeadline = connectDeadline
        idle = WaitingLine(on: loop)
    }

    var openConnections: Int { sessions.count(where: \.isOpen) }

    /// Every contact of the clusters in which the e-mail or the phone was introduced.
    /// - Throws: `DatabaseError`, `SchemaError`.
    func contacts(_ email: Email?, _ phone: Phone?, before deadline: Deadline) async throws -> [Contact] {
        let question = Question(email: email, phone: phone, deadline: deadline, answer: Promise(on: loop))
        questions.append(question)
        idle.resumeFirst(with: ())
        guard let answer = await question.answer.wait(until: deadline.instant) else {
            throw DatabaseError.noAnswerInTime
        }
        return try answer.get()
    }

    /// Answers questions on a session, until `stop`. A task for each session runs it.
    func serve(on index: Int) async {
        let session = sessions[index]
        while !isStopped {
            do {
                try await session.connect(before: .after(connectDeadline))
                while questions.isEmpty && !isStopped { await idle.wait(until: nil) }
                if session.isConnected { await answer(takeBatch(), on: session) }
            } catch {
                // Where another session is in touch, those who wait may hope for it, until their deadline.
                if !sessions.contains(where: \.isInTouch) { refuse(with: error) }
                idle.resumeFirst(with: ())
                await loop.pause(for: ContactReader.disconnectedPause)
            }
        }
    }

    func stop() {
        isStopped = true
        while idle.resumeFirst(with: ()) {}
    }

    /// Drops expired questions first.
    private func takeBatch() -> [Question] {
        questions.removeAll { $0.deadline.hasPassed }
        let batch = Array(questions.prefix(ContactReader.mostAtOnce))
        questions.removeFirst(batch.count)
        return batch
    }

    private func refuse(with error: any Error) {
        for question in questions { question.answer.fulfill(.failure(error)) }
        questions = []
    }

    private func answer(_ batch: [Question], on session: Session) async {
        guard let last = batch.map(\.deadline).max() else { return }
        if batch.count == 1 { return await answer(batch[0], on: session) }
        do {
            var pipeline = Pipeline()
            let rows = pipeline.execute(
                ContactStatements.readMany,
                [ArrayParameter(batch.map { $0.email?.text }), ArrayParameter(batch.map { $0.phone?.key })])
            var answers = Array(repeating: [Contact](), count: batch.count)
            for row in try await session.run(pipeline, before: last.extended(by: ContactReader.grace))[rows] {
                answers[row.number - 1].append(row.contact)
            }
            for (question, contacts) in zip(batch, answers) { question.answer.fulfill(.success(contacts)) }
        } catch let error as DatabaseError where !error.isConnectionLost {
            // It may be about one of them only.
            for question in batch { await answer(question, on: session) }
        } catch {
            for question in batch { question.answer.fulfill(.failure(error)) }
        }
    }

    private func answer(_ question: Question, on session: Session) async {
        do {
            var pipeline = Pipeline()
            let contacts = pipeline.execute(
                ContactStatements.read, [question.email?.text, question.phone?.key])
            let answers = try await session.run(pipeline, before: question.deadline.extended(by: ContactReader.grace))
            question.answer.fulfill(.success(try answers[contacts]))
        } catch {
            question.answer.fulfill(.failure(error))
        }
    }
}
