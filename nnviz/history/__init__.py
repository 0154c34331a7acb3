"""Runs in the database: kept, searched, compared.

Others use `repository` (record, find and search runs and experiments), `outbox` (runs that wait for the
database), `comparison` (runs side by side) and `descriptions` (a run in words). Behind these stand `database`
(tables, connections, migrations), `queries` (searches as SQL) and `row_mapping` (records as rows).
"""

__all__ = ["comparison", "database", "descriptions", "outbox", "queries", "repository", "row_mapping"]
