"""Judging networks: scores of probabilities, digits moved off the middle, nearest neighbours."""

__all__ = ["learning_times", "luck", "metrics", "nearest_neighbours", "suspect_labels", "translation"]
