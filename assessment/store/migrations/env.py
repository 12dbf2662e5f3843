"""What Alembic runs for every command: our tables, on the connection that `assessment.store.migrate` hands over."""

from alembic import context

from assessment.store.all_tables import metadata

if context.is_offline_mode():
    context.configure(dialect_name=context.config.attributes["dialect"], target_metadata=metadata, literal_binds=True)
else:
    connection = context.config.attributes["connection"]
    # SQLite cannot alter most things in place; batch mode rebuilds the table instead.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)

with context.begin_transaction():
    context.run_migrations()
