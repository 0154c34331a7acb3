"""The page Class: its entrance, the pupil's pad, and what the teacher sees and does."""

__all__ = [
    "answers",
    "controls",
    "entrance",
    "evaluation",
    "joining",
    "one_digit",
    "page",
    "part",
    "pupil",
    "teacher",
]
