"""How Alembic runs the steps: on the connection it is handed, inside the transaction that is open on it."""

from alembic import context

from nnviz.history.database import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
