import JobFiles
import Scripts
import TestSupport
import Testing

@Suite struct SiteDefaultsTests {
  private let text = """
    account: music
    partition: cpu
    qos: ~
    modules: [openmpi]
    mail_user: ada@example.org
    mail_type: END,FAIL
    sbatch: {constraint: haswell, nice: 10}
    """

  @Test func fillWhatAJobFileLeavesOpen() throws {
    let site = try SiteDefaults.load(path: "S", text: text)
    let file = try JobFile.load(
      path: "J",
      text: """
        experiment: x
        resources: {partition: gpu, sbatch: {constraint: skylake}}
        params: {data: d}
        """, siteDefaults: site)
    #expect(file.modules == ["openmpi"])
    #expect(
      try file.resources.directives().map { "\($0.option)=\($0.value ?? "")" } == [
        "partition=gpu", "account=music", "mail-user=ada@example.org", "mail-type=END,FAIL",
        "nice=10", "constraint=skylake",
      ])
    let none = try JobFile.load(
      path: "J", text: "experiment: x\nmodules: []\nparams: {data: d}\n", siteDefaults: site)
    #expect(none.modules == [])
  }

  @Test func areAsStrictAsJobFiles() {
    let error = #expect(throws: JobFileErrors.self) {
      try SiteDefaults.load(
        path: "S", text: "acount: a\nsbatch: {account: b, job-name: c}\nmodules: [-x]\n")
    }
    #expect(
      error?.diagnostics.map(\.description) == [
        "S:1:1: error: unknown key \"acount\"; did you mean account?",
        "S:2:10: error: the option account has a key of its own; use account",
        "S:2:22: error: the option job-name is set by orchestrate itself; "
          + "the token is the job's name, by which it is found again",
        "S:3:10: error: \"-x\" is no module's name; a module is named as in openmpi or gcc/13.2",
      ])
  }

  @Test func askForNothingWhereThereIsNoFile() throws {
    let scratch = try Scratch()
    #expect(try SiteDefaults.load(path: scratch("none.yaml")) == SiteDefaults())
    try scratch.write("# account: music\n\n# partition: cpu\n", to: "comments.yaml")
    #expect(try SiteDefaults.load(path: scratch("comments.yaml")) == SiteDefaults())
  }
}
