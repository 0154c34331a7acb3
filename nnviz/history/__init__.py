"""Runs in the database: kept, searched, compared."""

__all__ = ["comparison", "database", "descriptions", "outbox", "queries", "repository", "row_mapping"]
