"""Runs in the database: kept, searched, compared.

Others use `repository` (record, find and search runs and experiments), `outbox` (runs that wait for the
database), `notes` (what somebody writes beside a run), `comparison` (runs side by side), `descriptions` (a
run in words), `run_json` (a run for other programs), `people` (who somebody is besides a browser),
`classes`, `class_digits`, `class_pads` and `class_pushes` (of which `classroom` is made) and `predictions`
(what was guessed before a result). Behind these stand `database` (tables, connections, migrations), `queries`
(searches as SQL), `removal` (what is deleted, and can be had again), `row_mapping` (records as rows),
`postgres` (which keeps nobody waiting) and `sqlite_file` (which is noticed when it is taken away).
"""

__all__ = [
    "class_digits",
    "class_pads",
    "class_pushes",
    "classes",
    "comparison",
    "database",
    "descriptions",
    "notes",
    "outbox",
    "people",
    "postgres",
    "predictions",
    "queries",
    "removal",
    "repository",
    "row_mapping",
    "run_json",
    "sqlite_file",
    "stored_files",
]
