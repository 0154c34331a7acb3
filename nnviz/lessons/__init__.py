"""Lessons and shared views: a page with its settings, steps made of such, questions, sealed links."""

__all__ = ["catalogue", "filling", "handouts", "lesson", "links", "parsing", "shelf", "views"]
