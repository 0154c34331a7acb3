"""The whole study as one HTML page."""

__all__ = ["html_page", "study", "verdicts"]
