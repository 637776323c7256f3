import Foundation
import Settings
import Synchronization
import TestSupport
import Testing

@testable import Server

@Suite("The directory of metrics")
final class MetricsDirectoryTests {
    private let path = "/tmp/identityd-metrics-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    @Test("gives each instance the lowest free slot, and shows it the figures of the others")
    func slots() throws {
        let first = try MetricsDirectory(path)
        let third: MetricsDirectory
        do {
            let second = try MetricsDirectory(path)
            third = try MetricsDirectory(path)
            #expect((first.slot, second.slot, third.slot) == (1, 2, 3))
            first.publish("one")
            second.publish("two")
            third.publish("three")
            third.publish("three, later")
            #expect(first.others() == ["two", "three, later"])
            #expect(second.others() == ["one", "three, later"])
            #expect(try files() == ["1.prom", "2.prom", "3.prom"])
        }
        // The second was let go of without a word, as a process that is killed.
        #expect(first.others() == ["three, later"])
        #expect(try files() == ["1.prom", "3.prom"])
        let next = try MetricsDirectory(path)
        #expect(next.slot == 2)
        #expect(first.others() == ["three, later"])
        third.withdraw()
        #expect(try files() == ["1.prom"])
    }

    @Test("gives a slot that is free also while another looks whether its owner lives")
    func lookedAt() throws {
        let first = try MetricsDirectory(path)
        _ = try MetricsDirectory(path)
        let isDone = Atomic(false)
        try onThreads(2) { [path] thread in
            if thread == 0 {
                while !isDone.load(ordering: .relaxed) { _ = first.others() }
                return
            }
            defer { isDone.store(true, ordering: .relaxed) }
            for _ in 0..<1000 {
                let slot = try MetricsDirectory(path).slot
                #expect(slot == 2)
            }
        }
    }

    @Test("shows no old figures where new ones can't be written")
    func unwritable() throws {
        let directory = try MetricsDirectory(path)
        directory.publish("old")
        try FileManager.default.createDirectory(atPath: path + "/1.new", withIntermediateDirectories: false)
        directory.publish("new")
        #expect(try files() == ["1.new"])
    }

    @Test("that can't be used stops the start, by the setting's name")
    func unusable() throws {
        let error = try #require(throws: SettingError.self) { try MetricsDirectory(path + "/none") }
        #expect(error.description == "RUNTIME_DIRECTORY can't be used: No such file or directory")
    }
}
