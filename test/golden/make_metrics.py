"""Reference values of metrics, from scikit-learn and SciPy. Usage: python make_metrics.py OUT_DIR

Outputs are rounded to multiples of 1/8, so that there are ties, and equal rows give equal probabilities. Case by case: what is measured, and every value.
"""
import json, sys, warnings
from pathlib import Path
import numpy as np
import scipy
import sklearn
from scipy.special import expit, softmax
from scipy.stats import binomtest
from sklearn import metrics as M

warnings.simplefilter("ignore")
OUT = Path(sys.argv[1])
random = np.random.default_rng(0)


def rounded(x):
    return np.round(x * 8) / 8


def scores_by_average(truth, said, **options):
    scores = {}
    for name, f in (("precision", M.precision_score), ("recall", M.recall_score), ("f1", M.f1_score)):
        for average in ("macro", "micro", "weighted"):
            scores[f"{name}-{average}"] = f(truth, said, average=average, zero_division=0, **options)
    return scores


def calibration_error(confidence, right, bins=15):
    """As the code of Guo et al. (github.com/gpleiss/temperature_scaling): (lower, upper]."""
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for lower, upper in zip(edges[:-1], edges[1:]):
        inside = (confidence > lower) & (confidence <= upper)
        if inside.any():
            total += abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
    return total


def classes(name, width, labels, logits):
    probabilities = softmax(logits.astype(np.float64), axis=1)
    said = logits.argmax(axis=1)
    hot = np.eye(width)[labels]
    values = {
        "accuracy": M.accuracy_score(labels, said),
        "balanced-accuracy": M.balanced_accuracy_score(labels, said),
        **scores_by_average(labels, said),
        "calibration-error": calibration_error(probabilities.max(axis=1), labels == said),
        "brier": M.brier_score_loss(labels, probabilities, labels=range(width), scale_by_half=False),
        "log-loss": M.log_loss(labels, probabilities, labels=range(width)),
    }
    present = [c for c in range(width) if 0 < hot[:, c].sum() < len(labels)]
    columns = [1] if width == 2 else present
    values["auc"] = float(np.mean([M.roc_auc_score(hot[:, c], probabilities[:, c]) for c in columns]))
    values["average-precision"] = float(
        np.mean([M.average_precision_score(hot[:, c], probabilities[:, c]) for c in columns])
    )
    if width == 2:
        values["auc"] = M.roc_auc_score(labels, probabilities[:, 1])
    elif len(present) == width:
        values["auc"] = M.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    return {
        "name": name,
        "task": "classes",
        "width": width,
        "outputs": logits.flatten().tolist(),
        "targets": hot.flatten().tolist(),
        "values": values,
        "confusion": M.confusion_matrix(labels, said, labels=range(width)).tolist(),
    }


def multiple(name, width, truth, logits):
    probabilities, said = expit(logits.astype(np.float64)), (logits > 0).astype(int)
    present = [c for c in range(width) if 0 < truth[:, c].sum() < len(truth)]
    return {
        "name": name,
        "task": "multiple",
        "width": width,
        "outputs": logits.flatten().tolist(),
        "targets": truth.flatten().tolist(),
        "values": {
            "subset-accuracy": M.accuracy_score(truth, said),
            "label-accuracy": 1 - M.hamming_loss(truth, said),
            **scores_by_average(truth, said),
            "auc": M.roc_auc_score(truth[:, present], probabilities[:, present], average="macro"),
            "average-precision": M.average_precision_score(truth[:, present], probabilities[:, present], average="macro"),
        },
    }


def values(name, truth, outputs):
    # The numbers are those of float32, the sums are not.
    truth, outputs = truth.astype(np.float64), outputs.astype(np.float64)
    return {
        "name": name,
        "task": "values",
        "width": truth.shape[1],
        "outputs": outputs.flatten().tolist(),
        "targets": truth.flatten().tolist(),
        "values": {
            "mae": M.mean_absolute_error(truth, outputs),
            "rmse": M.mean_squared_error(truth, outputs) ** 0.5,
            "r2": M.r2_score(truth, outputs),
        },
    }


def skewed(width, n, last=None):
    share = 1 / np.arange(1, width + 1)
    labels = random.choice(width, n, p=share / share.sum())
    if last is not None:
        labels[labels == last] = 0
    logits = rounded(random.normal(size=(n, width)) + 1.5 * np.eye(width)[labels]).astype(np.float32)
    return labels, logits


five_labels, five = skewed(5, 200)
distinct = random.permutation(np.arange(1000)).reshape(200, 5).astype(np.float32) / 100
distinct[np.arange(200), five_labels] += 3 + 0.005
five_case = classes("5 classes, skewed", 5, five_labels, five)
top_case = classes("5 classes, no ties", 5, five_labels, distinct)
for k in (2, 3):
    top_case["values"][f"top-{k}"] = M.top_k_accuracy_score(five_labels, distinct, k=k, labels=range(5))

absent_labels, absent = skewed(4, 60, last=3)
never = absent.copy()
never[:, 3] = -50
only = absent.copy()
only[:20, 3] = 9

two_labels, two = skewed(2, 100)
label_truth = (random.random((80, 4)) < [0.5, 0.3, 0.1, 0.05]).astype(int)
label_logits = rounded(random.normal(size=(80, 4)) + 1.2 * label_truth - 0.6).astype(np.float32)
absent_truth, absent_logits = label_truth.copy(), label_logits.copy()
absent_truth[:, 2] = 0
absent_logits[:, 2] = -1
truth = (random.normal(size=(50, 3)) * [1, 10, 0.1] + [0, 1000, 5]).astype(np.float32)
guess = (truth + random.normal(size=(50, 3)) * [0.5, 3, 0.2]).astype(np.float32)
constant = truth.copy()
constant[:, 1] = 7

wilson = []
for successes, n in ((0, 1), (1, 1), (0, 20), (20, 20), (1, 10), (9, 10), (50, 100), (9440, 10000), (123, 50000)):
    interval = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    wilson.append([successes, n, interval.low, interval.high])
quantiles = random.normal(size=41)

result = {
    "source": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}",
    "cases": [
        five_case,
        top_case,
        classes("4 classes, one never there or said", 4, absent_labels, never),
        classes("4 classes, one said but never there", 4, absent_labels, only),
        classes("2 classes", 2, two_labels, two),
        multiple("4 labels, rare ones", 4, label_truth, label_logits),
        multiple("4 labels, one never there or said", 4, absent_truth, absent_logits),
        values("3 values", truth, guess),
        values("3 values, one constant", constant, guess),
    ],
    "wilson": wilson,
    "quantiles": {"values": quantiles.tolist(), "low": np.quantile(quantiles, 0.025), "high": np.quantile(quantiles, 0.975)},
}
(OUT / "metrics.json").write_text(json.dumps(result))
