import Foundation
import RunContract
import Scripts
import Testing
@Suite struct Tmp {
  @Test func time() throws {
    func t(_ n: String, _ f: () throws -> Void) rethrows { let c = ContinuousClock(); let d = try c.measure(f); print("TIME", n, d) }
    try t("load") { _ = try shippedTemplate() }
    try t("load2") { _ = try shippedTemplate() }
    let tpl = try shippedTemplate()
    var i = sampleInput(parameters: (0..<20).map { .init(name: "P\($0)", value: "v \($0)") })
    i.directives = [try Directive("mem", "4G"), try Directive("time", "1:00"), try Directive("cpus-per-task", "4")]
    try t("render") { _ = try tpl.render(i) }
    try t("render2") { _ = try tpl.render(i) }
    let tasks = (0..<10000).map { n in ManifestTask(index: n, run: "r\(n)", runDirectory: "/x/r\(n)", config: Config(parameters: Dictionary(uniqueKeysWithValues: (0..<20).map { ("p\($0)", $0 == 0 ? .number(Double(n)) : .string("v")) }))) }
    try t("manifest10000") { _ = try Manifest(tasks: tasks) }
  }
}
