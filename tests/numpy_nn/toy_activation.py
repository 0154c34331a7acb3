"""A new activation, softsign, by an entry of the table alone, and everything that follows from it.

Run as a program by `test_door.py`: the entry has to be there before anything else of the app is imported, as
it would be if it stood in the file.
"""

import json
import sys
from pathlib import Path

import numpy as np

from nnviz.numpy_nn.activations import ACTIVATIONS, Activation

SOFTSIGN = ACTIVATIONS["softsign"] = Activation(
    "softsign",
    "Softsign",
    "Levels off slowly at -1 and 1.",
    "softsign",
    value=lambda z: z / (1 + np.abs(z)),
    derivative=lambda z, a: (1 - np.abs(a)) ** 2,
)


def main(program_file: Path) -> None:
    """Go through every place that should know it, and leave a program for browsers with its answer."""
    from sklearn.datasets import load_digits
    from streamlit.testing.v1 import AppTest

    from nnviz.core import paths
    from nnviz.experiments import axes
    from nnviz.inference import browser
    from nnviz.model_store import mlp_file
    from nnviz.numpy_nn import MLPClassifier
    from tests.recording import CARD

    page = AppTest.from_file(paths.root() / "pages" / "1_MLP.py", default_timeout=60)
    page.session_state["mlp_section"] = "Train"
    page.run()
    assert "Softsign" in page.selectbox(key="mlp_set_activation").options
    assert axes.values("activation", "relu, softsign") == ("relu", "softsign")

    x, y = load_digits(return_X_y=True)
    x = np.pad(x.reshape(-1, 8, 8) / 16, ((0, 0), (10, 10), (10, 10))).reshape(-1, 784).astype(np.float32)
    model = MLPClassifier((20,), activation="softsign", max_iter=10, random_state=0).fit(x[:1400], y[:1400])
    assert model.score(x[1400:], y[1400:]) > 0.8
    check_gradient()

    content = mlp_file.pack(model, CARD)
    expected = model.predict_proba(x[:50])
    np.testing.assert_array_equal(mlp_file.receive(content)[0].predict_proba(x[:50]), expected)
    network = mlp_file.network(content)[0]
    np.testing.assert_allclose(network.predict(x[:50]), expected, atol=1e-6)
    np.testing.assert_allclose(network.to_keras()(x[:50]), expected, atol=1e-6)

    program = browser.program_of(network)
    told = {
        "steps": program.steps,
        "numbers": program.numbers.tolist(),
        "digit": x[0].tolist(),
        "answer": expected[0].tolist(),
    }
    program_file.write_text(json.dumps(told), encoding="utf-8")


def check_gradient() -> None:
    """The derivative against finite differences, in a step of training."""
    from nnviz.numpy_nn import backprop
    from nnviz.numpy_nn.losses import SoftmaxCrossEntropy, cross_entropy

    rng = np.random.default_rng(0)
    network = backprop.build([6, 5, 3], "softsign", "glorot", rng, dtype=np.float64)
    x, labels, loss, step = rng.normal(0, 1, (4, 6)), rng.integers(0, 3, 4), SoftmaxCrossEntropy(), 1e-6
    loss.forward(network.forward(x), labels)
    network.backward(loss.backward())
    w, found = network.dense[0].params["w"], network.dense[0].grads["w"]
    for place in np.ndindex(*w.shape):
        around, value = [], w[place]
        for moved in (step, -step):
            w[place] = value + moved
            around.append(cross_entropy(network.forward(x), labels))
        w[place] = value
        np.testing.assert_allclose(found[place], (around[0] - around[1]) / (2 * step), atol=1e-8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
