"""Reads every scalar of every run below a folder, as a notebook would: TensorBoard's own event accumulator."""
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

values = runs = 0
for folder in sorted({file.parent for file in pathlib.Path(sys.argv[1]).rglob("events.out.tfevents.*")}):
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    values += sum(len(accumulator.Scalars(tag)) for tag in tags["scalars"])
    values += sum(len(accumulator.Tensors(tag)) for tag in tags["tensors"]
                  if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars")
    runs += 1
print(runs, values)
