import Communicator
import Foundation

/// A program for the tests: joins the ranks that it was started with, does what its first word says,
/// and leaves. Each rank prints one line.
@main
struct Probe {
  static func main() {
    holdBackSignals()
    do {
      let ranks = try makeCommunicator(environment: ProcessInfo.processInfo.environment)
      let words = Array(CommandLine.arguments.dropFirst())
      exit(Probe(ranks: ranks, words: words).act())
    } catch {
      FileHandle.standardError.write(Data("probe: \(error)\n".utf8))
      exit((error as? CommunicatorError)?.code ?? 1)
    }
  }

  let ranks: any Communicator
  let words: [String]

  private func act() -> Int32 {
    switch words.first {
    case "sums": say(sums(rounds: number(1)))
    case "agree": say(agreements(bytes: number(1)))
    case "signals": say(threadsWithoutMask())
    case "time": say(times(count: number(1)))
    case "work": return work()
    case "leave": if ranks.rank != number(1) { return work() }
    case "die": return die(rank: number(1), code: Int32(number(2)))
    case "abort":
      if ranks.rank == number(1) { ranks.abort(Int32(number(2))) }
      return work()
    default: return 64
    }
    ranks.finish()
    return 0
  }

  private func number(_ index: Int) -> Int { Int(words[index]) ?? 0 }

  /// In one write(2), so that the ranks' lines do not mix.
  private func say(_ text: String) {
    FileHandle.standardOutput.write(Data("rank \(ranks.rank) of \(ranks.size): \(text)\n".utf8))
  }
}

/// As `train` does: TERM and USR1 wait to be looked for.
private func holdBackSignals() {
  var mask = sigset_t()
  sigemptyset(&mask)
  sigaddset(&mask, SIGTERM)
  sigaddset(&mask, SIGUSR1)
  pthread_sigmask(SIG_BLOCK, &mask, nil)
}

extension Probe {
  /// Sums of many lengths, with each rank late by another random time in each round; the hash of all
  /// bits, and how many lengths did not give what addition in the ranks' order gives.
  private func sums(rounds: Int) -> String {
    var hash: UInt64 = 14_695_981_039_346_656_037
    var wrong = 0
    for _ in 0..<rounds {
      hash = 14_695_981_039_346_656_037
      for count in [0, 1, 3, 1000, 2047, 2049, 65_537, 400_003] {
        usleep(UInt32.random(in: 0..<2000))
        var floats = values(of: ranks.rank, count: count).map { Float($0) }
        floats.withUnsafeMutableBufferPointer {
          if let start = $0.baseAddress { ranks.sum(start, count: count) }
        }
        let doubles = ranks.sum(values(of: ranks.rank, count: count))
        let expected = inRankOrder(count)
        if floats != expected.floats || doubles != expected.doubles { wrong += 1 }
        for float in floats { hash = (hash ^ UInt64(float.bitPattern)) &* 1_099_511_628_211 }
        for double in doubles { hash = (hash ^ double.bitPattern) &* 1_099_511_628_211 }
      }
    }
    return "\(wrong) wrong, \(String(hash, radix: 16))"
  }

  /// What a rank gives: values of very different sizes, so that another order gives other bits.
  private func values(of rank: Int, count: Int) -> [Double] {
    (0..<count).map { index in
      let mixed = UInt64(index &* 31 &+ rank &* 977 &+ 1) &* 0x9E37_79B9_7F4A_7C15
      return (Double(mixed >> 11) * 0x1p-53 - 0.5) * exp2(Double(mixed & 15))
    }
  }

  private func inRankOrder(_ count: Int) -> (floats: [Float], doubles: [Double]) {
    var doubles = values(of: 0, count: count)
    var floats = doubles.map { Float($0) }
    for rank in 1..<max(ranks.size, 1) {
      for (index, value) in values(of: rank, count: count).enumerated() {
        doubles[index] += value
        floats[index] += Float(value)
      }
    }
    return (floats, doubles)
  }

  /// The largest of ranks, and rank 0's bytes.
  private func agreements(bytes: Int) -> String {
    let largest = ranks.maximum(ranks.rank * 7 - 100)
    let lowest = ranks.maximum(-ranks.rank)
    let own = Data((0..<(ranks.rank == 0 ? bytes : 5)).map { UInt8(truncatingIfNeeded: $0 * 13) })
    let heard = ranks.broadcast(own)
    let isRight = heard == Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 * 13) })
    return "\(largest) \(lowest) \(heard.count) \(isRight)"
  }

  /// How many threads there are, how many of them would take TERM or USR1, and whether somebody
  /// handles a signal.
  private func threadsWithoutMask() -> String {
    _ = ranks.maximum(0)
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    var open = 0
    var caught: UInt64 = 0
    let wanted = UInt64(1) << (SIGTERM - 1) | UInt64(1) << (SIGUSR1 - 1)
    for task in tasks {
      let text =
        (try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8)) ?? ""
      func mask(_ name: String) -> UInt64 {
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.flatMap { UInt64($0.dropFirst(name.count + 2), radix: 16) } ?? 0
      }
      if mask("SigBlk") & wanted != wanted { open += 1 }
      caught |= mask("SigCgt")
    }
    return "\(tasks.count) threads, \(open) open, caught \(String(caught, radix: 16))"
  }

  /// The median time of a sum of floats, in microseconds.
  private func times(count: Int) -> String {
    var floats = [Float](repeating: 1, count: count)
    let times = (0..<200).map { _ in
      _ = ranks.maximum(0)
      let start = DispatchTime.now().uptimeNanoseconds
      floats.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { ranks.sum(base, count: count) }
      }
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-3
    }
    return "\(Int(times.sorted()[100])) us"
  }

  /// Steps until a signal waits at one of the ranks; then all leave with 75. Where a folder is named,
  /// each rank leaves its process id there.
  private func work() -> Int32 {
    if words[0] == "work" {
      try? Data("\(getpid())".utf8).write(
        to: URL(fileURLWithPath: "\(words[1])/\(ranks.rank)"), options: .atomic)
    }
    while ranks.maximum(isAskedToStop ? 1 : 0) == 0 {
      _ = ranks.sum([1, 2, 3])
      usleep(1000)
    }
    ranks.finish()
    return 75
  }

  private var isAskedToStop: Bool {
    var pending = sigset_t()
    sigemptyset(&pending)
    sigpending(&pending)
    return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGUSR1) == 1
  }

  /// One rank ends in the midst of the work, by exiting or, with a negative code, by a signal.
  private func die(rank: Int, code: Int32) -> Int32 {
    _ = ranks.maximum(0)
    guard ranks.rank == rank else { return work() }
    if code < 0 { kill(getpid(), -code) }
    return code
  }
}
