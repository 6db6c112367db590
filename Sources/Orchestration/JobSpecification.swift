import Foundation
import JobFiles
import RunContract
import Scripts

/// Everything that is needed to submit some configs, wherever it came from.
public struct JobSpecification: Sendable {
  public var experiment: String
  /// The template's name: `Templates/<name>.sbatch.mustache`.
  public var template: String
  /// What the user asks of sbatch.
  public var directives: [Directive]
  /// How many tasks of an array may run at once.
  public var maxParallel: Int?
  /// The processors of one run, by which places on this machine are counted.
  public var processors: Int
  public var modules: [String]
  public var command: [String]
  /// Seconds before the time limit at which Slurm is to send USR1.
  public var signalBeforeEnd: Int?
  /// What is done with runs that end before their time.
  public var retry: RetryPolicy
  public var configs: [Config]
  /// The job file's text, where there is one.
  public var jobFile: String?

  /// A specification.
  public init(
    experiment: String, template: String = "train", directives: [Directive] = [],
    maxParallel: Int? = nil, processors: Int = 1, modules: [String] = [],
    command: [String] = ["train", "run"], signalBeforeEnd: Int? = nil,
    retry: RetryPolicy = RetryPolicy(), configs: [Config], jobFile: String? = nil
  ) {
    self.experiment = experiment
    self.template = template
    self.directives = directives
    self.maxParallel = maxParallel
    self.processors = processors
    self.modules = modules
    self.command = command
    self.signalBeforeEnd = signalBeforeEnd
    self.retry = retry
    self.configs = configs
    self.jobFile = jobFile
  }
}

/// How a specification is to be submitted.
public struct SubmitOptions: Sendable {
  /// Whether the jobs wait for `scontrol release`.
  public var hold = false
  /// Slurm's dependency, as in `afterok:123`.
  public var dependency: String?
  /// Whether configs that have an active or completed run are run again.
  public var again = false
  /// The most tasks that one submission may have.
  public var maxTasks = Int.max

  /// The usual way.
  public init() {}
}

extension JobSpecification {
  /// What a job file asks for, each config of `train` with its standard values filled in.
  /// - Throws: ``Failure`` where a config lacks something that `train` needs.
  public init(_ file: JobFile) throws {
    let isTrain = JobFile.isTrain(file.command)
    let configs = isTrain ? file.configs.map(\.expandedForTrain) : file.configs
    if isTrain, let complaint = configs.lazy.flatMap(\.complaintsForTrain).first {
      throw Failure("\(file.path): \(complaint)", status: .usage)
    }
    self.init(
      experiment: file.experiment, template: file.template,
      directives: try file.resources.directives(), maxParallel: file.resources.maxParallel,
      // Bounded, so that no product of what files ask for can overflow.
      processors: min(file.resources.cpusPerTask ?? 1, 4096)
        * min(file.resources.tasksPerNode ?? 1, 4096),
      modules: file.modules, command: file.command,
      signalBeforeEnd: file.resources.signalSeconds(isTrain: isTrain), retry: file.retry,
      configs: configs, jobFile: file.text)
  }

  /// Configs of the registry, with nothing but a site's defaults to ask sbatch for.
  public init(configs: [Config], experiment: String, site: SiteDefaults) throws {
    self.init(
      experiment: experiment, directives: try Resources().filled(from: site).directives(),
      modules: site.modules, signalBeforeEnd: Resources().signalSeconds(isTrain: true),
      configs: configs)
  }
}
