import JobFiles
import RunContract
import Testing

@Suite struct RetryTests {
  private func load(_ lines: String, command: String = "[train, run]") throws -> JobFile {
    try JobFile.load(
      path: "J", text: "experiment: x\ncommand: \(command)\nparams: {data: d}\n\(lines)\n")
  }

  @Test func withoutAPolicyOnlyWhoAsksIsRunAgain() throws {
    let policy = try load("").retry
    #expect(policy == RetryPolicy())
    #expect(policy.maxRequeues == 10 && policy.outOfMemory == nil)
    #expect(!policy.timeout && !policy.nodeFailure && !policy.failed)
    #expect(try load("retry: {}").retry == policy)
  }

  @Test func theWholePolicyIsRead() throws {
    let policy = try load(
      """
      resources: {memory: 4G}
      retry:
        max_requeues: 5
        out_of_memory: 1.5
        timeout: continue
        node_failure: again
        failed: again
      """
    ).retry
    #expect(
      policy
        == RetryPolicy(
          maxRequeues: 5, outOfMemory: 1.5, timeout: true, nodeFailure: true, failed: true))
  }

  @Test(
    arguments: [
      ("1.5", 1.5), ("x1.5", 1.5), ("\"x1.5\"", 1.5), ("×2", 2), ("16", 16), ("1.01", 1.01),
      ("never", nil),
    ] as [(String, Double?)])
  func memoryIsMultipliedByAFactor(written: String, factor: Double?) throws {
    let file = try load("resources: {memory: 4G}\nretry: {out_of_memory: \(written)}")
    #expect(file.retry == RetryPolicy(outOfMemory: factor))
  }

  @Test func neverIsWhatAnAbsentKeyMeans() throws {
    let lines = "retry: {out_of_memory: never, timeout: never, node_failure: never, failed: never}"
    #expect(try load(lines).retry == RetryPolicy())
  }

  @Test(arguments: [
    RetryPolicy(), RetryPolicy(maxRequeues: 0),
    RetryPolicy(
      maxRequeues: 1000, outOfMemory: 1.1, timeout: true, nodeFailure: true, failed: true),
  ])
  func aPolicyReadsBackFromTheRegistry(policy: RetryPolicy) throws {
    #expect(RetryPolicy(json: try JSONValue(parsing: policy.json.canonical)) == policy)
  }

  @Test func theRegistrysTextIsCanonical() {
    #expect(
      RetryPolicy(outOfMemory: 1.5, timeout: true).json.canonical
        == #"{"failed":false,"max_requeues":10,"node_failure":false,"out_of_memory":1.5,"#
        + #""timeout":true}"#)
    #expect(RetryPolicy(json: [:]) == RetryPolicy())
  }

  @Test(arguments: [
    "[]", "3", #"{"failed":1}"#, #"{"max_requeues":-1}"#, #"{"max_requeues":1.5}"#,
    #"{"max_requeues":1e300}"#, #"{"out_of_memory":1}"#, #"{"out_of_memory":"2"}"#,
    #"{"out_of_memory":17}"#, #"{"timeout":null}"#, #"{"other":true}"#,
  ])
  func otherTextsAreNoPolicy(text: String) throws {
    #expect(RetryPolicy(json: try JSONValue(parsing: text)) == nil)
  }

  /// The file's word, else a tenth of the limit within bounds, and nothing for a stranger's program.
  @Test(
    arguments: [
      ("", "train", 60), ("time: 1:00:00", "train", 120), ("time: 10", "train", 60),
      ("time: 1", "train", 10), ("time: 0:30", "train", 10), ("time: UNLIMITED", "train", 120),
      ("time: 3:20", "train", 20), ("signal_before_end: 300", "train", 300),
      ("signal_before_end: 0", "train", nil), ("time: 10", "./train.sh", nil),
      ("signal_before_end: 90", "./train.sh", 90),
    ] as [(String, String, Int?)])
  func theWarningComesAFewSecondsBeforeTheEnd(
    resources: String, program: String, seconds: Int?
  ) throws {
    let file = try load("resources: {\(resources)}", command: "[\(program), run]")
    let isTrain = JobFile.isTrain(file.command)
    #expect(file.resources.signalSeconds(isTrain: isTrain) == seconds)
  }

  @Test func aSitesTimeLimitCountsToo() throws {
    let site = try SiteDefaults.load(path: "S", text: "sbatch: {time: 5}\n")
    let file = try JobFile.load(
      path: "J", text: "experiment: x\nparams: {data: d}\n", siteDefaults: site)
    #expect(file.resources.signalSeconds(isTrain: true) == 30)
  }

  @Test(
    arguments: [
      ("4G", 1.5, "6G"), ("1500M", 1.5, "2250M"), ("1500", 2, "3000"), ("4g", 1.5, "6g"),
      ("1T", 1.5, "1536G"), ("3G", 1.25, "3840M"), ("10G", 1.1, "11G"), ("100", 1.1, "110"),
      ("1T", 1.1, "1153434M"), ("7M", 1.5, "11M"), ("7", 1.5, "11"), ("7K", 1.5, "11K"),
      ("1G", 1.001, "1026M"), ("4G", 1, "4G"), ("1G", 16, "16G"), ("0004G", 1.5, "6G"),
      ("3G", 1.0000000000000002, "3073M"), ("999999999999", 1, "999999999999"),
      // More than Slurm can read, or no amount at all.
      ("999999999999T", 15.999999999999998, nil), ("999999999999", 2, nil), ("0", 2, nil),
      ("G", 2, nil), ("", 2, nil), ("4 G", 2, nil), ("4G", .nan, nil), ("4G", .infinity, nil),
      ("4G", 0.5, nil), ("4G", 17, nil),
    ] as [(String, Double, String?)])
  func memoryIsMultipliedExactly(text: String, factor: Double, product: String?) {
    #expect(scaledMemory(text, by: factor) == product)
  }
}
