"""Times a training step and the evaluation of a batch in TensorFlow, both in tf.function: python with_tensorflow.py JOB, from `index.ts`. The network is built from its description."""
import tensorflow as tf
from timing import answer, read_job, times


def variable(trainable, *shape, deviation=0.05):
    return tf.Variable(tf.random.normal(shape, stddev=deviation), trainable=trainable)


def conv(spec):
    window, stride, padding = spec["kernel"], spec["stride"], spec["padding"]
    weight = variable(not spec["frozen"], window, window, spec["in"], spec["out"])
    bias = tf.Variable(tf.zeros(spec["out"])) if spec["bias"] else None
    # oneDNN takes no explicit padding; "SAME" pads as much where the stride is 1.
    same = stride == 1 and window == 2 * padding + 1
    how = "VALID" if padding == 0 else "SAME" if same else [[0, 0], [padding] * 2, [padding] * 2, [0, 0]]

    def apply(x, training):
        y = tf.nn.conv2d(x, weight, stride, how)
        return y if bias is None else tf.nn.bias_add(y, bias)

    return apply, [weight] + ([] if bias is None else [bias])


def batch_norm(spec):
    channels, decay = spec["channels"], spec["decay"]
    scale, offset = tf.Variable(tf.ones(channels), trainable=spec["scale"]), tf.Variable(tf.zeros(channels))
    mean, variance = tf.Variable(tf.zeros(channels), trainable=False), tf.Variable(tf.ones(channels), trainable=False)

    def apply(x, training):
        y, new_mean, new_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=scale, offset=offset, mean=mean, variance=variance,
            epsilon=spec["epsilon"], exponential_avg_factor=1 - decay, is_training=training)
        if training:
            mean.assign(new_mean)
            variance.assign(new_variance)
        return y

    return apply, [scale, offset]


def linear(spec):
    weight = variable(True, spec["in"], spec["out"])
    bias = tf.Variable(tf.zeros(spec["out"])) if spec["bias"] else None
    return lambda x, _: x @ weight if bias is None else x @ weight + bias, [weight] + ([] if bias is None else [bias])


def identity_padding(spec):
    extra, stride = spec["out"] - spec["in"], spec["stride"]
    before = extra // 2 if spec["zeros"] == "around" else 0
    return lambda x, _: tf.pad(x[:, ::stride, ::stride], [[0, 0], [0, 0], [0, 0], [before, extra - before]])


def max_pool(spec):
    around = [[0, 0], [spec["padding"]] * 2, [spec["padding"]] * 2, [0, 0]]
    how = around if spec["padding"] else "VALID"
    return lambda x, _: tf.nn.max_pool2d(x, spec["size"], spec["stride"], how)


def chain(parts):
    functions, variables = zip(*map(build, parts))

    def apply(x, training):
        for function in functions:
            x = function(x, training)
        return x

    return apply, sum(variables, [])


def build(spec):
    """A function of images and whether it trains, and the variables that it reads."""
    match spec["_tag"]:
        case "Named":
            return build(spec["module"])
        case "Chain":
            return chain(spec["modules"])
        case "Residual":
            (body, inner), (shortcut, outer) = build(spec["body"]), build(spec["shortcut"])
            return lambda x, training: body(x, training) + shortcut(x, training), inner + outer
        case "Conv":
            return conv(spec)
        case "BatchNorm":
            return batch_norm(spec)
        case "Linear":
            return linear(spec)
        case "MaxPool":
            return max_pool(spec), []
        case "IdentityPadding":
            return identity_padding(spec), []
        case "GlobalAvgPool":
            return lambda x, _: tf.reduce_mean(x, [1, 2]), []
        case "GlobalMaxPool":
            return lambda x, _: tf.reduce_max(x, [1, 2]), []
        case "Relu":
            return lambda x, _: tf.nn.relu(x), []
        case "Gelu":
            return lambda x, _: tf.nn.gelu(x, approximate=False), []
        case "Flatten":
            return lambda x, _: tf.reshape(x, [x.shape[0], -1]), []
        case "Identity":
            return lambda x, _: x, []
        case "Scale":
            return lambda x, _: spec["by"] * x, []
        case other:
            raise ValueError(f"no layer for {other}")


job = read_job()
network, batch, size = job["network"], job["batchSize"], job["network"]["input"]
tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
tf.config.threading.set_inter_op_parallelism_threads(job["threads"])
tf.random.set_seed(0)
forward, variables = build(network["body"])
trainable = [variable for variable in variables if variable.trainable]
momenta = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in trainable]


def images(count):
    return tf.random.normal([count, size["height"], size["width"], size["channels"]])


x, labels = images(batch), tf.random.uniform([batch], 0, network["classes"], tf.int32)


@tf.function
def step():
    with tf.GradientTape() as tape:
        logits = forward(x, True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    for variable, momentum, gradient in zip(trainable, momenta, tape.gradient(loss, trainable)):
        momentum.assign(job["momentum"] * momentum + gradient + job["weightDecay"] * variable)
        variable.assign_sub(job["learningRate"] * momentum)
    return loss


losses = []
train = times(lambda: losses.append(float(step())), job["steps"], job["warmUp"])
evaluate = {}
for count in job["evaluationBatches"]:
    seen = images(count)
    infer = tf.function(lambda: forward(seen, False))
    evaluate[count] = times(lambda: infer().numpy(), job["evaluations"], job["warmUp"])
parameters = sum(int(tf.size(variable)) for variable in trainable)
answer(job, versions=f"tensorflow {tf.__version__}", parameters=parameters, loss=losses[-1], train=train, evaluate=evaluate)
