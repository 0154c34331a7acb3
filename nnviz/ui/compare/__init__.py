"""The Compare page: which runs, and what sets them apart."""

__all__ = ["lesson", "runs"]
