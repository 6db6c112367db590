"""Reads every value of every run of an MLflow file store, as a notebook would: MLflow's own client."""
import sys

from mlflow.tracking import MlflowClient

client = MlflowClient(tracking_uri=f"file://{sys.argv[1]}")
values = runs = 0
for experiment in client.search_experiments():
    token = None
    while True:
        page = client.search_runs([experiment.experiment_id], max_results=1000, page_token=token)
        for run in page:
            runs += 1
            for metric in run.data.metrics:
                values += len(client.get_metric_history(run.info.run_id, metric))
        token = page.token
        if not token:
            break
print(runs, values)
