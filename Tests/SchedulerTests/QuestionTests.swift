import Scheduler
import Synchronization
import Testing

/// A clock that goes on only when it is told to.
private final class Clock: Sendable {
  private let value = Mutex(1000.0)
  var now: Double { value.withLock { $0 } }
  func pass(_ seconds: Double) { value.withLock { $0 += seconds } }
}

@Suite struct QuestionTests {
  private let clock = Clock()

  private func questions(
    _ executor: ExecutorName, every seconds: Double, after delay: Double = 0
  ) -> Questions {
    Questions(to: executor, every: seconds, after: delay) { [clock] in clock.now }
  }

  /// The times at which questions are asked within a time, looked at twice a second.
  private func times(
    _ questions: inout Questions, within limit: Double, answering latency: Double = 0
  ) async -> [Double] {
    let start = clock.now
    var times: [Double] = []
    while clock.now - start < limit {
      await questions.ask {
        times.append(clock.now - start)
        clock.pass(latency)
      }
      clock.pass(0.5)
    }
    return times
  }

  @Test(arguments: [0, 0.5, 1, 9.9, 10]) func slurmIsAskedEveryTenSecondsAtMost(
    _ wanted: Double
  ) async {
    var questions = questions(.slurm, every: wanted)
    #expect(await times(&questions, within: 60) == [0, 10, 20, 30, 40, 50])
  }

  @Test func moreRarelyWhereItIsWished() async {
    var questions = questions(.slurm, every: 25)
    #expect(await times(&questions, within: 60) == [0, 25, 50])
  }

  @Test func moreRarelyWhereSlurmAnswersSlowly() async {
    var questions = questions(.slurm, every: 10)
    // Three seconds for an answer, thirty of silence after it.
    #expect(await times(&questions, within: 90, answering: 3) == [0, 33, 66])
  }

  @Test func fiveMinutesAreTheLongestPause() async {
    var questions = questions(.slurm, every: 10)
    #expect(await times(&questions, within: 400, answering: 60) == [0, 360])
  }

  @Test func aQuestionThatFailsCountsToo() async {
    var questions = questions(.slurm, every: 10)
    struct Silence: Error {}
    await #expect(throws: Silence.self) {
      try await questions.ask {
        clock.pass(5)
        throw Silence()
      }
    }
    #expect(await times(&questions, within: 60) == [50])
  }

  @Test func thisMachineIsLookedAtAsOftenAsIsWished() async {
    var questions = questions(.local, every: 0.5)
    #expect(await times(&questions, within: 2) == [0, 0.5, 1, 1.5])
  }

  @Test func theFirstQuestionMayWait() async {
    var questions = questions(.slurm, every: 10, after: 2)
    #expect(await times(&questions, within: 30) == [2, 12, 22])
  }
}
