"""The History page: every run and every experiment."""

__all__ = ["experiments", "lesson"]
