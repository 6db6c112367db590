import GRDB

/// The registry's tables. A migration that was shipped is never edited; a change is a new one.
///
/// Times are seconds since 1970, UTC. Constraints live here, so that no program can break them.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: experiments, configs, runs, submissions, jobs, metrics") { db in
      try db.execute(sql: first)
    }
    migrator.registerMigration("2: recipes, attempts, continuations") { db in
      try db.execute(sql: second)
    }
    // From here on nothing touches a parent, so a hundred million rows need not be looked at for theirs.
    migrator.registerMigration("3: reproductions", foreignKeyChecks: .immediate) { db in
      try db.execute(
        sql: "CREATE INDEX run_by_parent ON run(parent_id) WHERE parent_id IS NOT NULL")
    }
    migrator.registerMigration(
      "4: runs are found by jobs that there are", foreignKeyChecks: .immediate
    ) { db in
      // A submission of ten thousand runs has no job yet when it is recorded.
      try db.execute(
        sql: """
          DROP INDEX run_by_job;
          CREATE INDEX run_by_job ON run(job_id, array_index) WHERE job_id IS NOT NULL;
          """)
    }
    migrator.registerMigration(
      "5: a run's state is compared, not looked up", foreignKeyChecks: .immediate
    ) { db in
      try compareStates(db)
    }
    migrator.registerMigration(
      "6: submissions of one wish are known as such", foreignKeyChecks: .immediate
    ) { db in
      // The first submission that was made of what a user asked for at once; NULL for that one itself.
      try db.execute(
        sql: """
          ALTER TABLE submission ADD COLUMN first_part INTEGER REFERENCES submission(id);
          CREATE INDEX submission_by_first_part ON submission(first_part)
            WHERE first_part IS NOT NULL;
          """)
    }
    migrator.registerMigration("7: clusters, and wishes that wait", foreignKeyChecks: .immediate) {
      db in try db.execute(sql: seventh)
    }
    return migrator
  }

  /// Says in other words what states are allowed. Of a list in a constraint SQLite makes a table for every
  /// row that is written, which takes longer than all else that it does for a run.
  ///
  /// What is allowed stays the same, and so do all rows; that is the case in which SQLite's documentation of
  /// ALTER TABLE lets the schema's text be changed.
  private static func compareStates(_ db: Database) throws {
    let comparisons = RunState.allCases.map { "state = '\($0.rawValue)'" }
    let version = try Int.fetchOne(db, sql: "PRAGMA schema_version") ?? 0
    try db.execute(sql: "PRAGMA writable_schema = ON")
    defer { try? db.execute(sql: "PRAGMA writable_schema = OFF") }
    do {
      try db.execute(
        sql: """
          UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'run'
          """,
        arguments: ["state IN (\(stateList))", comparisons.joined(separator: " OR ")])
    } catch {
      // An SQLite that was built to defend its schema is slower, and right all the same.
      return
    }
    // Also lets this connection read the schema again, and fails where it cannot be read.
    try db.execute(
      sql: """
        PRAGMA schema_version = \(version + 1);
        PRAGMA writable_schema = RESET;
        SELECT 1 FROM run LIMIT 1;
        """)
  }

  private static var stateList: String {
    RunState.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }

  private static var first: String {
    """
    CREATE TABLE experiment (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
      job_file TEXT,
      job_file_sha256 TEXT CHECK (length(job_file_sha256) = 64),
      created_at REAL NOT NULL
    ) STRICT;

    CREATE TABLE config (
      id INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
      json TEXT NOT NULL CHECK (json_valid(json)),
      created_at REAL NOT NULL
    ) STRICT;

    CREATE TABLE submission (
      id INTEGER PRIMARY KEY,
      token TEXT NOT NULL UNIQUE,
      experiment_id INTEGER NOT NULL REFERENCES experiment(id),
      executor TEXT NOT NULL CHECK (executor IN ('slurm', 'local')),
      state TEXT NOT NULL
        CHECK (state IN ('submitting', 'accepted', 'refused', 'unconfirmed')),
      directory TEXT NOT NULL,
      is_array INTEGER NOT NULL CHECK (is_array IN (0, 1)),
      script_sha256 TEXT NOT NULL CHECK (length(script_sha256) = 64),
      manifest_sha256 TEXT NOT NULL CHECK (length(manifest_sha256) = 64),
      template_sha256 TEXT NOT NULL CHECK (length(template_sha256) = 64),
      job_id INTEGER,
      reason TEXT,
      created_at REAL NOT NULL,
      submitted_at REAL,
      CHECK (state <> 'accepted' OR executor = 'local' OR job_id IS NOT NULL)
    ) STRICT;

    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      number INTEGER NOT NULL CHECK (number > 0),
      experiment_id INTEGER NOT NULL REFERENCES experiment(id),
      config_id INTEGER NOT NULL REFERENCES config(id),
      parent_id INTEGER REFERENCES run(id),
      state TEXT NOT NULL CHECK (state IN (\(stateList))),
      submission_id INTEGER REFERENCES submission(id),
      array_index INTEGER CHECK (array_index >= 0),
      job_id INTEGER,
      directory TEXT NOT NULL,
      created_at REAL NOT NULL,
      submitted_at REAL,
      started_at REAL,
      ended_at REAL,
      exit_code INTEGER,
      signal INTEGER,
      nodes TEXT,
      reason TEXT,
      missing_since REAL,
      cancel_requested_at REAL,
      metrics_offset INTEGER NOT NULL DEFAULT 0 CHECK (metrics_offset >= 0),
      damaged_lines INTEGER NOT NULL DEFAULT 0 CHECK (damaged_lines >= 0),
      last_step INTEGER,
      last_epoch INTEGER,
      last_values TEXT CHECK (last_values IS NULL OR json_valid(last_values)),
      UNIQUE (experiment_id, number),
      CHECK (state = 'created' OR state = 'cancelled' OR submission_id IS NOT NULL)
    ) STRICT;
    CREATE INDEX run_by_state ON run(state);
    CREATE INDEX run_by_config ON run(config_id, experiment_id);
    CREATE INDEX run_by_submission ON run(submission_id, array_index);
    CREATE INDEX run_by_job ON run(job_id, array_index);

    CREATE TABLE job (
      id INTEGER PRIMARY KEY,
      run_id INTEGER NOT NULL REFERENCES run(id),
      submission_id INTEGER NOT NULL REFERENCES submission(id),
      job_id INTEGER NOT NULL,
      array_index INTEGER,
      submit_time REAL NOT NULL,
      state TEXT NOT NULL,
      reason TEXT,
      start_time REAL,
      end_time REAL,
      exit_code INTEGER,
      signal INTEGER,
      nodes TEXT,
      seen_at REAL NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX job_identity
      ON job(run_id, job_id, coalesce(array_index, -1), submit_time);

    CREATE TABLE metric_name (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT;

    -- SQLite turns NaN into NULL, so the kind says what a missing value was:
    -- 0 finite, 1 NaN, 2 Infinity, 3 -Infinity.
    CREATE TABLE metric (
      run_id INTEGER NOT NULL REFERENCES run(id),
      metric_id INTEGER NOT NULL REFERENCES metric_name(id),
      step INTEGER NOT NULL,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
      value REAL,
      PRIMARY KEY (run_id, metric_id, step),
      CHECK ((kind = 0) = (value IS NOT NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE step (
      run_id INTEGER NOT NULL REFERENCES run(id),
      step INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      time REAL NOT NULL,
      PRIMARY KEY (run_id, step)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE event (
      id INTEGER PRIMARY KEY,
      time REAL NOT NULL,
      run_id INTEGER REFERENCES run(id),
      submission_id INTEGER REFERENCES submission(id),
      kind TEXT NOT NULL,
      message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX event_by_run ON event(run_id);
    """
  }

  /// Which cluster a job is on, when Slurm took it, and what is known of the cluster.
  private static var seventh: String {
    """
    -- The cluster that it was submitted to, where that is known, and the time that Slurm itself gives for
    -- that: with the job's id it names a job that somebody has renamed.
    ALTER TABLE submission ADD COLUMN cluster TEXT;
    ALTER TABLE submission ADD COLUMN job_submit_time REAL;
    -- When the executor was asked to end the run; NULL where it still has to be.
    ALTER TABLE run ADD COLUMN cancel_asked_at REAL;

    -- What an executor said of itself, by what names it on this machine.
    CREATE TABLE site (
      address TEXT PRIMARY KEY,
      cluster TEXT,
      shows_ended_jobs_for REAL NOT NULL,
      asked_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
  }

  /// What is needed to finish, repeat or continue a submission whose maker is gone.
  private static var second: String {
    """
    -- All that rendering needs, and a keyed hash that says that this user made it.
    ALTER TABLE submission ADD COLUMN recipe TEXT CHECK (recipe IS NULL OR json_valid(recipe));
    ALTER TABLE submission ADD COLUMN seal TEXT;
    -- The process that hands it over, and when it called the executor.
    ALTER TABLE submission ADD COLUMN maker TEXT;
    ALTER TABLE submission ADD COLUMN attempted_at REAL;
    -- When the executor last showed any of it, and why it waits: one row instead of ten thousand.
    ALTER TABLE submission ADD COLUMN seen_at REAL;
    ALTER TABLE submission ADD COLUMN waiting_reason TEXT;
    CREATE INDEX submission_open ON submission(state) WHERE state IN ('submitting', 'unconfirmed');

    -- What is to be done next with a run that is not over: 'resubmit' one that never started,
    -- 'continue' one that was interrupted.
    ALTER TABLE run ADD COLUMN due TEXT CHECK (due IN ('resubmit', 'continue'));
    -- How often it was started again, by requeues and continuations, before its current submission.
    ALTER TABLE run ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0 CHECK (restarts >= 0);
    -- What its next submission asks for in place of what the recipe says, as {"mem": "6G"}.
    ALTER TABLE run ADD COLUMN overrides TEXT CHECK (overrides IS NULL OR json_valid(overrides));
    -- missing_since by a clock that nobody sets: the boot's id and seconds since then.
    ALTER TABLE run ADD COLUMN missing_clock TEXT;
    CREATE INDEX run_due ON run(due) WHERE due IS NOT NULL;
    CREATE INDEX run_by_end ON run(ended_at) WHERE ended_at IS NOT NULL;

    -- Submissions that a run had before its current one.
    CREATE TABLE attempt (
      run_id INTEGER NOT NULL REFERENCES run(id),
      number INTEGER NOT NULL CHECK (number > 0),
      submission_id INTEGER NOT NULL REFERENCES submission(id),
      array_index INTEGER,
      job_id INTEGER,
      state TEXT NOT NULL,
      reason TEXT,
      ended_at REAL NOT NULL,
      PRIMARY KEY (run_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE template (
      sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
      text TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
  }
}
