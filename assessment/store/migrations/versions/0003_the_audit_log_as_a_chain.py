"""The audit log as a chain of digests that the database keeps append-only, its seals, and sealed names of passkeys.

Revision 0003, after 0002.
"""

import hashlib
import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from assessment.store.append_only import TABLES, statements

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
AT_A_TIME = 2000


def upgrade() -> None:
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('digest', sa.String(length=64), nullable=True))
    if not op.get_context().as_sql:  # as a script it is for an empty database; with rows the next step refuses
        _chain(op.get_bind())
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.alter_column('digest', existing_type=sa.String(length=64), nullable=False)
        batch_op.create_index('ix_audit_at', ['at', 'id'], unique=False)

    op.create_table('audit_seal',
    sa.Column('id', KEY, nullable=False),
    sa.Column('audit_id', KEY, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_seal')),
    sa.UniqueConstraint('audit_id', name=op.f('uq_audit_seal_audit_id'))
    )
    op.create_table('audit_check',
    sa.Column('id', KEY, nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=True),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_check'))
    )
    # The names themselves are sealed at the next start: a migration has no keys.
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sealed_name', sa.LargeBinary(), nullable=True))
        batch_op.alter_column('name', existing_type=sa.String(length=64), nullable=True)
    _rename_query()
    for statement in statements(op.get_context().dialect.name):
        op.execute(statement)


def _rename_query() -> None:
    """An export's filters were encrypted in a column that did not say so: whoever rotates keys could forget them."""
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sealed_query', sa.LargeBinary(), nullable=True))
    sqlite = op.get_context().dialect.name == 'sqlite'
    op.execute(f"UPDATE export SET sealed_query = {'CAST(query AS BLOB)' if sqlite else 'convert_to(query, $$UTF8$$)'}")
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.alter_column('sealed_query', existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column('query')


def _chain(connection: sa.Connection) -> None:
    """Give every row its digest, oldest first."""
    rows = sa.table(
        'audit',
        sa.column('id', sa.BigInteger()),
        sa.column('at', sa.DateTime()),
        *(sa.column(name, sa.Text()) for name in ('actor', 'action', 'subject', 'detail', 'digest')),
    )
    chain = sa.update(rows).where(rows.c.id == sa.bindparam('which')).values(digest=sa.bindparam('made'))
    digest, last = '0' * 64, None
    while True:
        query = sa.select(rows).order_by(rows.c.id).limit(AT_A_TIME)
        found = connection.execute(query if last is None else query.where(rows.c.id > last)).all()
        if not found:
            return
        made = []
        for row in found:
            at = (row.at - datetime(1970, 1, 1)) // timedelta(microseconds=1)
            said = json.dumps([row.id, at, row.actor, row.action, row.subject, row.detail], separators=(',', ':'))
            digest = hashlib.sha256(bytes.fromhex(digest) + said.encode()).hexdigest()
            made.append({'which': row.id, 'made': digest})
        connection.execute(chain, made)
        last = found[-1].id


def downgrade() -> None:
    """Sealed names of passkeys go: without keys they cannot be written in clear again."""
    sqlite = op.get_context().dialect.name == 'sqlite'
    for name in TABLES:
        for trigger in ('no_update', 'no_delete', 'no_replace') if sqlite else ('append_only',):
            op.execute(f"DROP TRIGGER {name}_{trigger}" + ('' if sqlite else f" ON {name}"))
    if not sqlite:
        op.execute("DROP FUNCTION refuse_audit_change()")
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.add_column(sa.Column('query', sa.Text(), nullable=True))
    op.execute(f"UPDATE export SET query = {'CAST(sealed_query AS TEXT)' if sqlite else 'convert_from(sealed_query, $$UTF8$$)'}")
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.alter_column('query', existing_type=sa.Text(), nullable=False)
        batch_op.drop_column('sealed_query')
    op.execute("UPDATE passkey SET name = 'A passkey' WHERE name IS NULL")
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.alter_column('name', existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_column('sealed_name')
    op.drop_table('audit_check')
    op.drop_table('audit_seal')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_at')
        batch_op.drop_column('digest')
    if not sqlite:  # the chain counts by itself, and 0002 goes on with the sequence
        op.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), COALESCE(max(id), 0) + 1, false) FROM audit")
