"""An autoencoder's halves in NumPy say what Keras says."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.inference import coding, keras_config
from nnviz.keras_models import autoencoder
from tests.keras_models.test_autoencoder import built, some_digits


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
def test_codes_and_drawings_are_those_of_keras(architecture: autoencoder.Architecture) -> None:
    model, x = built(architecture), some_digits()
    network = keras_config.from_keras(model)
    codes = coding.encode(network, x)
    np.testing.assert_allclose(codes, autoencoder.encode(model, x), atol=1e-5)
    np.testing.assert_allclose(coding.decode(network, codes), autoencoder.decode(model, codes), atol=1e-5)
    np.testing.assert_allclose(coding.reconstruct(network, x), autoencoder.reconstruct(model, x), atol=1e-5)
    assert coding.encode(network, x[:0]).shape == (0, codes.shape[1])
    assert coding.encode(network, x[0].reshape(28, 28)).shape == (1, codes.shape[1])
    assert coding.decode(network, codes[0]).shape == (1, 28, 28)


def test_a_dense_decoders_pictures_are_its_weights() -> None:
    model = built(code_size=6)
    weights = model.get_layer("decoder").get_weights()[0]
    drawn = coding.decoder_pictures(keras_config.from_keras(model))
    np.testing.assert_array_equal(drawn, weights.reshape(6, 28, 28))


def test_other_decoders_pictures_are_what_each_number_alone_changes() -> None:
    model = built("convolutional", code_size=4)
    centre = np.array([0.5, -1, 2, 0], np.float32)
    pictures = coding.decoder_pictures(keras_config.from_keras(model), centre, step=0.2)
    up, down = centre.copy(), centre.copy()
    up[2], down[2] = 2.1, 1.9
    change = (autoencoder.decode(model, up) - autoencoder.decode(model, down))[0] / 0.2
    assert pictures.shape == (4, 28, 28)
    np.testing.assert_allclose(pictures[2], change, atol=1e-4)
