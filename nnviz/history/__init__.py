"""Runs in the database: kept, searched, compared.

Others use `repository` (record, find and search runs and experiments), `outbox` (runs that wait for the
database), `comparison` (runs side by side), `descriptions` (a run in words) and `people` (who somebody is
besides a browser). Behind these stand `database` (tables, connections, migrations), `queries` (searches as
SQL), `removal` (what is deleted, and can be had again) and `row_mapping` (records as rows).
"""

__all__ = [
    "comparison",
    "database",
    "descriptions",
    "outbox",
    "people",
    "queries",
    "removal",
    "repository",
    "row_mapping",
]
