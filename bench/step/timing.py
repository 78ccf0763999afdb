"""What the Python programs of the benchmark share: the job that `index.ts` gives them, times, the peak of memory, the answer."""
import json, resource, sys, time


def read_job():
    return json.loads(sys.argv[1])


def times(run, count, warm_up):
    """The milliseconds of each of `count` calls of `run`, after `warm_up` others."""
    millis = []
    for _ in range(warm_up + count):
        began = time.perf_counter()
        run()
        millis.append(1000 * (time.perf_counter() - began))
    return millis[warm_up:]


def answer(job, *, versions, parameters, loss, train, evaluate):
    """`train` are milliseconds a step, `evaluate` milliseconds a batch by the number of images in it."""
    if parameters != job["parameters"]:
        sys.exit(f"expected a network of {job['parameters']} parameters, got {parameters}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"versions": versions, "loss": loss, "train": train, "evaluate": evaluate, "peakMiB": peak}))
