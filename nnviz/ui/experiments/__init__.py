"""The Experiments page: the report's experiments, one's own, and what is running."""

__all__ = ["lesson", "live", "own"]
