"""Reads the event files of a run as TensorBoard does, and compares them with the run's log: python check_tensorboard.py RUN. Needs the package tensorboard."""
import json, math, pathlib, sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = pathlib.Path(sys.argv[1])
board = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "tensors": 0})
board.Reload()
log = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
steps = [event for event in log if event["_tag"] == "StepEnded"]
epochs = [event for event in log if event["_tag"] == "EpochEnded"]


def check(tag, expected):
    shown = [(scalar.step, scalar.value) for scalar in board.Scalars(tag)]
    assert [step for step, _ in shown] == [step for step, _ in expected], f"{tag}: other steps than in the log"
    assert all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) for (_, a), (_, b) in zip(shown, expected)), f"{tag}: other values than in the log"
    print(f"{tag}: {len(shown)} values as in the log")


for name in ("loss", "accuracy", "rate", "imagesPerSecond"):
    check(f"step/{name}", [(event["step"] + 1, event[name]) for event in steps])
for set_ in ("train", "validation", "test"):
    for name in ("loss", "accuracy"):
        expected = [(event["step"], event[set_][name]) for event in epochs if event[set_] is not None]
        if expected:
            check(f"{set_}/{name}", expected)
print("text:", board.Tensors("run/text_summary" if "run/text_summary" in board.Tags()["tensors"] else "run")[0].tensor_proto.string_val[0].decode())
