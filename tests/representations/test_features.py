"""What a network is given of a digit, told in a word: what is understood, and what is refused."""

from __future__ import annotations

import pytest

from nnviz.representations import features


@pytest.mark.parametrize(
    ("word", "title", "width"),
    [
        ("raw", "raw pixels", 784),
        ("pca-25", "PCA, 25 components", 25),
        ("codes-autoencoder_conv", "codes of autoencoder_conv", 32),
        ("codes-my-own-0123abcd", "codes of my-own-0123abcd", 32),
    ],
)
def test_a_word_says_what_a_network_is_given(word: str, title: str, width: int) -> None:
    assert features.parse(word) == word
    assert features.title(word) == title
    assert features.width(word) == width


@pytest.mark.parametrize("word", ["", "fourier", "pca", "pca-", "pca--1", "pca-2.5", "raw-1", "codes-../x"])
def test_any_other_word_is_refused_in_a_sentence(word: str) -> None:
    with pytest.raises(
        ValueError, match="A network is given raw, pca- with a number of components"
    ) as refused:
        features.check(word, 2_700)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("word", "digits", "expected"),
    [
        ("pca-300", 270, "270 digits of 784 pixels have 1 to 270 principal components, not 300"),
        ("pca-0", 2_700, "1 to 784 principal components, not 0"),
        ("pca-785", 2_700, "1 to 784 principal components, not 785"),
        ("codes-nowhere", 2_700, "No model 'nowhere'"),
        ("codes-mlp_study", 2_700, "'mlp_study' is another kind of network"),
    ],
)
def test_features_that_so_many_digits_or_that_model_cannot_give_are_refused(
    word: str, digits: int, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected) as refused:
        features.check(word, digits)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("word", ["raw", "pca-784", "pca-1", "codes-autoencoder"])
def test_features_that_can_be_given_are_not_refused(word: str) -> None:
    features.check(word, 2_700)
