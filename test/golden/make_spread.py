"""Writes spread.json: quantiles of Student's t, and the confidence interval of a mean. Needs numpy and scipy."""
import json, pathlib

import numpy, scipy
from scipy import stats

samples = [[0.9312, 0.9345, 0.9298, 0.9330, 0.9321], [2.5, 2.5], [0.1, 0.7, 0.4, 0.35]]


def spread(values):
    n = len(values)
    low, high = stats.t.interval(0.95, n - 1, loc=numpy.mean(values), scale=stats.sem(values)) if numpy.std(values) > 0 else (values[0],) * 2
    return {"values": values, "mean": numpy.mean(values), "deviation": numpy.std(values, ddof=1), "interval": [low, high]}


out = {
    "source": f"scipy {scipy.__version__}, scipy.stats.t; numpy {numpy.__version__}",
    "quantiles": {str(n): stats.t.ppf(0.975, n) for n in (1, 2, 3, 4, 5, 6, 9, 10, 19, 29, 30, 100, 999)},
    "samples": [spread(values) for values in samples],
}
pathlib.Path(__file__).with_name("spread.json").write_text(json.dumps(out, indent=2) + "\n")
