"""Judging networks: scores of probabilities, digits moved off the middle, nearest neighbours."""

__all__ = ["metrics", "nearest_neighbours", "translation"]
