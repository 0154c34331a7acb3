"""The code of the Keras networks as a program has it; `keras_code` fills what stands like #THIS#."""

IMPORTS = """import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it greets at length

import keras
import numpy as np
import tensorflow as tf

# One thread, as in the app: sums of rounded numbers depend on their order.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)"""

NETWORK = (
    "## The network\n\nThese are the layers of the app's network, in Keras. The weights start with random "
    "numbers, which follow from the seed."
)
TRAINING = (
    "## How it learns\n\nAn epoch takes all digits once, in a new order, a few at a time. After each few, "
    "every weight moves a little to where the error gets smaller."
)

CNN = '''def build(seed, kernel_size, filters, dense, dropout):
    """(n, 28, 28, 1) pictures -> (n, 10) probabilities."""

    def start(step):
        return keras.initializers.GlorotUniform(seed=seed + step)

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(filters, kernel_size, activation="relu", kernel_initializer=start(0)),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(dense, activation="relu", kernel_initializer=start(1)),
            keras.layers.Dropout(dropout, seed=seed),
            keras.layers.Dense(10, activation="softmax", kernel_initializer=start(2)),
        ]
    )'''

CHANGED = [
    "# Small changes of the digits, new ones at every epoch.",
    "whole, chunk = len(x) // batch_size * batch_size, batch_size * max(1, 512 // batch_size)",
    "pieces = np.split(digits, [*range(chunk, whole, chunk), whole])",
    "digits = np.concatenate([CHANGES[augment](piece, rng) for piece in pieces if len(piece)])",
]

SOLVERS = {
    "adam": "keras.optimizers.Adam(rate)",
    "sgd": "keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)",
    "rmsprop": "keras.optimizers.RMSprop(rate)",
}

CNN_TRAINING = '''def pictures(x):
    return x.reshape(-1, 28, 28, 1)


def train(
    x,
    y,
    x_choose,
    y_choose,
    *,
    seed,
    kernel_size,
    filters,
    dense,
    dropout,
    solver,
    learning_rate_init,
    learning_rate,
    batch_size,
    max_iter,
    augment,
):
    """Learn from x and y; gives the network as it was after its best epoch, and a row of the curve for each.

    Best is the epoch that reads the digits to choose by best, from which nothing is learned.
    """
    model = build(seed, kernel_size, filters, dense, dropout)
    rng = np.random.default_rng(seed)
#RATE#
    optimizers = {
#SOLVERS#
    }
    model.compile(optimizers[solver](), "sparse_categorical_crossentropy", metrics=["accuracy"])
    curve, best_score, best = [], (-1.0, 0.0), model.get_weights()
    for epoch in range(max_iter):
        order = rng.permutation(len(x))
        digits = x[order]
#CHANGE#
        told = model.fit(pictures(digits), y[order], batch_size, shuffle=False, verbose=0).history
        probabilities = model.predict(pictures(x_choose), verbose=0)
        true = np.clip(probabilities[np.arange(len(y_choose)), y_choose], 1e-7, 1)
        loss, accuracy = -np.log(true).mean(), (probabilities.argmax(axis=1) == y_choose).mean()
        curve.append((told["loss"][0], told["accuracy"][0], float(loss), float(accuracy)))
        if (accuracy, -loss) > best_score:
            best_score, best = (accuracy, -loss), model.get_weights()
    model.set_weights(best)
    return model, curve'''

CNN_LOOP = """for run in RUNS:
    learn, y, choose, test = cut(**run["digits"])
    y_choose = labels[choose]
    if not len(choose):  # then a tenth of the digits is not learned from, to choose the best epoch by
        tenth = len(learn) // 10
        choose, y_choose, learn, y = learn[:tenth], y[:tenth], learn[tenth:], y[tenth:]
    model, curve = train(rows(learn), y, rows(choose), y_choose, **run["settings"])
    predicted = model.predict(pictures(rows(test)), verbose=0).argmax(axis=1)
    score, app = float(np.mean(predicted == labels[test])), run["app"]["score"]
    same = score == app
    chance = 2 * (2 * app * (1 - app) / len(test)) ** 0.5
    results.append({"title": run["title"], "score": score, "app": app, "same": same})
    print(run["title"])
    print(f"  right on unseen digits: {score:.4f}; the app found {app:.4f}")
    print(f"  loss of the last epoch: {curve[-1][0]}; the app found {run['app']['loss']}")
    print("  the same" if same else f"  {score - app:+.4f}; up to {chance:.4f} may be chance")"""

CODE = '''def starts(seed):
    """Starting weights, each with a seed of its own."""
    seeds = iter(range(seed, seed + 64))
    return lambda: keras.initializers.GlorotUniform(seed=next(seeds))


def code_layer(code_size, sparsity, start):
    """The narrow place; with a penalty on its numbers many of them are nearly 0."""
    penalty = keras.regularizers.L1(sparsity) if sparsity else None
    return keras.layers.Dense(
        code_size, activity_regularizer=penalty, kernel_initializer=start(), name="code"
    )


# At the start, pixels are as dark as a digit's are on average.
DARK = keras.initializers.Constant(-1.9)'''

DENSE = '''def dense(seed, code_size, sparsity):
    """784 pixels -> a code -> 784 pixels."""
    start = starts(seed)
    encoder = [keras.Input((784,)), code_layer(code_size, sparsity, start)]
    pixels = {"activation": "sigmoid", "kernel_initializer": start(), "bias_initializer": DARK}
    decoder = [keras.Input((code_size,)), keras.layers.Dense(784, **pixels)]
    return keras.Sequential(encoder, name="encoder"), keras.Sequential(decoder, name="decoder")'''

CONVOLUTIONAL = '''def convolutional(seed, code_size, sparsity):
    """28 x 28 pixels -> convolutions -> a code -> convolutions -> 28 x 28 pixels."""
    start = starts(seed)
    layers = keras.layers

    def convolution(kind, filters, size, strides, activation="relu", **options):
        usual = {"padding": "same", "activation": activation, "kernel_initializer": start()}
        return kind(filters, size, strides=strides, **usual, **options)

    def units(count):
        return layers.Dense(count, activation="relu", kernel_initializer=start())

    encoder = [
        keras.Input((28, 28, 1)),
        convolution(layers.Conv2D, 32, 4, 2),  # 14 x 14 x 32
        convolution(layers.Conv2D, 64, 4, 2),  # 7 x 7 x 64
        convolution(layers.Conv2D, 64, 3, 2),  # 4 x 4 x 64
        layers.Flatten(),
        units(256),
        code_layer(code_size, sparsity, start),
    ]
    decoder = [
        keras.Input((code_size,)),
        units(256),
        units(7 * 7 * 32),
        layers.Reshape((7, 7, 32)),
        convolution(layers.Conv2D, 64, 3, 1),  # 7 x 7 x 64
        convolution(layers.Conv2DTranspose, 32, 4, 2),  # 14 x 14 x 32
        convolution(layers.Conv2DTranspose, 1, 6, 2, "sigmoid", bias_initializer=DARK),  # 28 x 28
    ]
    return keras.Sequential(encoder, name="encoder"), keras.Sequential(decoder, name="decoder")'''

AUTOENCODER = '''def build(seed, architecture, code_size, sparsity, noise):
    """From digits to digits, through the code."""
    encoder, decoder = PARTS[architecture](seed, code_size, sparsity)
    image = seen = keras.Input(encoder.input_shape[1:])
    if noise:  # only while it learns
        seen = keras.layers.GaussianNoise(noise, seed=seed)(image)
    return keras.Model(image, decoder(encoder(seen)))'''

AUTOENCODER_TRAINING = '''def train(
    x,
    *,
    seed,
    architecture,
    code_size,
    sparsity,
    noise,
    loss,
    learning_rate_init,
    learning_rate,
    batch_size,
    max_iter,
):
    """Learn to draw x again; gives the network and its error, a number for each epoch."""
    model = build(seed, architecture, code_size, sparsity, noise)
#RATE#
    losses = {"cross-entropy": "binary_crossentropy", "squared error": "mean_squared_error"}
    model.compile(keras.optimizers.Adam(rate), losses[loss], metrics=["mean_squared_error"])
    digits = tf.constant(x.reshape(-1, *model.input_shape[1:]))
    keras.utils.set_random_seed(seed)
    order = tf.data.Dataset.range(len(x)).shuffle(len(x), seed, reshuffle_each_iteration=True)
    batches = order.batch(batch_size).map(lambda chosen: (tf.gather(digits, chosen),) * 2).prefetch(1)
    told = model.fit(batches, epochs=max_iter, shuffle=False, verbose=0).history
    return model, told["mean_squared_error"]'''

AUTOENCODER_LOOP = """for run in RUNS:
    learn, _, _, test = cut(**run["digits"])
    model, curve = train(rows(learn), **run["settings"])
    digits = rows(test).astype(float)
    drawn = model.predict(digits.reshape(-1, *model.input_shape[1:]).astype(np.float32), verbose=0)
    score, app = float(((drawn.reshape(-1, 784) - digits) ** 2).mean()), run["app"]["score"]
    same = abs(score - app) < 5e-7
    results.append({"title": run["title"], "score": score, "app": app, "same": same})
    print(run["title"])
    print(f"  error a pixel of unseen digits: {score:.6f}; the app found {app:.6f}")
    print(f"  error of the last epoch: {curve[-1]}; the app found {run['app']['loss']}")
    differs = f"{100 * (score / app - 1):+.3f}%: TensorFlow rounds a little otherwise"
    print("  the same to six decimals" if same else f"  {differs}")"""
