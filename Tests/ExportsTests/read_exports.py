"""Reads exports with TensorBoard's and MLflow's own code and prints what they found as JSON.

read_exports.py events FOLDER       event files, read by EventAccumulator
read_exports.py server FOLDER       the same folder in a running TensorBoard, asked as its page asks
read_exports.py mlflow URI          an MLflow store, read by MlflowClient
read_exports.py migrate FOLDER DB   mlflow migrate-filestore, then the database read by MlflowClient
"""

import json
import math
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def plain(value):
    """A number as the project's JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def events(folder):
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.plugins.hparams import metadata

    runs = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            continue
        # 0: keep all, do not sample.
        reader = event_accumulator.EventAccumulator(path, size_guidance={"scalars": 0, "tensors": 0})
        reader.Reload()
        scalars = {
            tag: [[point.step, point.wall_time, plain(point.value)] for point in reader.Scalars(tag)]
            for tag in reader.Tags()["scalars"]
        }
        content = reader.PluginTagToContent("hparams")
        start = metadata.parse_session_start_info_plugin_data(content[metadata.SESSION_START_INFO_TAG])
        end = metadata.parse_session_end_info_plugin_data(content[metadata.SESSION_END_INFO_TAG])
        hparams = {key: getattr(value, value.WhichOneof("kind")) for key, value in start.hparams.items()}
        texts = [b.decode() for t in reader.PluginTagToContent("text") for e in reader.Tensors(t)
                 for b in e.tensor_proto.string_val]
        runs[name] = {"scalars": scalars, "params": hparams, "status": end.status, "text": texts[0]}
    return runs


def ask(address, path, body=None):
    request = urllib.request.Request(address + path, data=body and json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{path}: {error}: {error.read().decode()}")


def server(folder):
    """What the page would show: the loader that TensorBoard really uses, another one than above."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", "0", "--host", "127.0.0.1"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = ""
        address = None
        for line in process.stdout:
            said += line
            if match := re.search(r"at (http://[^ ]*?)/? \(Press", line):
                address = match[1] + "/"
                break
        if not address:
            sys.exit("TensorBoard did not start: " + said)
        wanted = {name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))}
        end = time.monotonic() + 60
        while True:
            hparams = ask(address, "data/plugin/hparams/session_groups",
                          {"experimentName": "", "startIndex": 0, "sliceSize": 100, "colParams": [],
                           "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE",
                                               "STATUS_RUNNING"]})
            found = {session["name"]: (group, session) for group in hparams.get("sessionGroups", [])
                     for session in group["sessions"]}
            # A session's end is the last that is read of a run.
            if set(found) == wanted:
                break
            if time.monotonic() > end:
                sys.exit(f"TensorBoard shows {sorted(found)} instead of {sorted(wanted)}")
            time.sleep(0.2)
        tags = ask(address, "data/plugin/scalars/tags")
        runs = {}
        for name, (group, session) in found.items():
            scalars = {}
            for tag in tags.get(name, {}):
                query = urllib.parse.urlencode({"run": name, "tag": tag})
                points = ask(address, "data/plugin/scalars/scalars?" + query)
                scalars[tag] = [[step, wall, plain(value)] for wall, step, value in points]
            runs[name] = {"scalars": scalars, "params": group.get("hparams", {}), "status": session.get("status")}
        return runs
    finally:
        process.terminate()
        process.wait()


def mlflow(uri):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    runs = {}
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id], max_results=1000):
            history = {
                key: [[m.step, m.timestamp, plain(m.value)] for m in client.get_metric_history(run.info.run_id, key)]
                for key in run.data.metrics
            }
            runs[run.info.run_name] = {
                "experiment": experiment.name, "id": run.info.run_id, "status": run.info.status,
                "start": run.info.start_time, "end": run.info.end_time, "params": run.data.params,
                "tags": run.data.tags, "metrics": history, "artifacts": run.info.artifact_uri,
            }
    return runs


def migrate(folder, database):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    subprocess.run(
        [sys.executable, "-m", "mlflow", "migrate-filestore", "--source", folder, "--target",
         "sqlite:///" + database], check=True, stdout=sys.stderr)
    return mlflow("sqlite:///" + database)


if __name__ == "__main__":
    readers = {"events": events, "server": server, "mlflow": mlflow, "migrate": migrate}
    json.dump(readers[sys.argv[1]](*sys.argv[2:]), sys.stdout)
