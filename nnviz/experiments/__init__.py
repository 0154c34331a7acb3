"""Many trainings that differ in a setting: plans, axes, trials, tables."""

__all__ = [
    "axes",
    "charts",
    "executor",
    "libraries",
    "other_libraries",
    "plan",
    "published",
    "repeats",
    "search",
    "studies",
    "tables",
    "trial",
    "trial_runs",
]
