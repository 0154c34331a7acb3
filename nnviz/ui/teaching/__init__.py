"""The page of lessons: those there are, and bringing one's own."""

__all__ = ["brought", "listed"]
