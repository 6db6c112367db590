"""The private cluster: what is in its queue, and what its controller was asked."""
import getpass
import os
import re
import subprocess
import time

COMMANDS = ["sbatch", "squeue", "sacct", "scontrol", "scancel", "sinfo", "sacctmgr", "sdiag"]


class Cluster:
    """The cluster that SLURM_CONF names."""

    def __init__(self):
        names = ("PATH", "HOME", "USER", "LANG", "SLURM_CONF", "TMPDIR")
        self.environment = {name: os.environ[name] for name in names if name in os.environ}
        self.environment.setdefault("USER", getpass.getuser())
        self.environment["NO_COLOR"] = "1"

    def slurm(self, *arguments):
        """What one of Slurm's commands prints."""
        return subprocess.run(arguments, env=self.environment, check=True, capture_output=True,
                              text=True).stdout

    def version(self):
        return self.slurm("sbatch", "--version").strip()

    def tasks(self, name=None):
        """How many tasks wait or run, each counted."""
        names = [f"--name={name}"] if name else []
        return len(self.slurm("squeue", "--noheader", "--array", "--format=%i", *names).split())

    def clear(self):
        """Cancels everything and waits until the queue is empty."""
        subprocess.run(["scancel", f"--user={self.environment['USER']}"], env=self.environment, check=False)
        self.wait(lambda: self.tasks() == 0, 300)

    def forget(self):
        """Waits until the controller has forgotten what has ended, which squeue would show."""
        self.clear()
        self.wait(lambda: not self.slurm("squeue", "--noheader", "--states=all", "--format=%i").split(), 200)

    def wait(self, is_true, limit):
        """Looks until something is true or the time is over."""
        end = time.monotonic() + limit
        while not is_true():
            if time.monotonic() > end:
                raise TimeoutError("the cluster does not settle")
            time.sleep(0.3)

    def requests(self):
        """How many messages the controller has answered, without its nodes' own."""
        text = self.slurm("sdiag").split("Remote Procedure Call statistics by user")[0]
        found = re.findall(r"^\s*((?:REQUEST|MESSAGE|ACCOUNTING)\w+)\s*\(\s*\d+\)\s*count:(\d+)", text, re.M)
        foreign = {"MESSAGE_NODE_REGISTRATION_STATUS", "MESSAGE_EPILOG_COMPLETE", "REQUEST_STATS_INFO",
                   "REQUEST_COMPLETE_BATCH_SCRIPT", "REQUEST_STEP_COMPLETE", "REQUEST_COMPLETE_PROLOG",
                   "ACCOUNTING_UPDATE_MSG", "ACCOUNTING_REGISTER_CTLD"}
        return sum(int(count) for name, count in found if name not in foreign)

    def counting_environment(self, folder):
        """An environment whose commands of Slurm leave a line each in `calls`."""
        wrappers = folder / "wrappers"
        wrappers.mkdir(exist_ok=True)
        log = folder / "calls"
        log.write_text("")
        for command in COMMANDS:
            script = wrappers / command
            script.write_text(f'#!/bin/bash\necho {command} >>"{log}"\nPATH="${{PATH#*:}}" exec {command} "$@"\n')
            script.chmod(0o755)
        environment = dict(self.environment, PATH=f"{wrappers}:{self.environment['PATH']}")
        return environment, log
