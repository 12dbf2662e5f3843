"""The peer comparison: voices, what changed about them, and what is told of them.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('peer_pool',
    sa.Column('id', KEY, nullable=False),
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('basis', sa.String(length=64), nullable=False),
    sa.Column('invented', sa.Boolean(), nullable=False),
    sa.Column('numbers', sa.Integer(), nullable=False),
    sa.Column('stale', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer_pool')),
    sa.UniqueConstraint('questionnaire', 'basis', 'invented', name=op.f('uq_peer_pool_questionnaire'))
    )
    op.create_table('peer_voice',
    sa.Column('pool_id', KEY, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('company_index', sa.String(length=64), nullable=True),
    sa.Column('address_index', sa.String(length=64), nullable=True),
    sa.Column('response_id', KEY, nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('segments', sa.Text(), nullable=False),
    sa.Column('points', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['peer_pool.id'], name=op.f('fk_peer_voice_pool_id_peer_pool')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_peer_voice_response_id_response')),
    sa.PrimaryKeyConstraint('pool_id', 'number', name=op.f('pk_peer_voice')),
    sa.UniqueConstraint('pool_id', 'address_index', name='uq_peer_voice_address'),
    sa.UniqueConstraint('pool_id', 'company_index', name='uq_peer_voice_company')
    )
    with op.batch_alter_table('peer_voice', schema=None) as batch_op:
        batch_op.create_index('ix_peer_voice_response_id', ['response_id'], unique=False)

    op.create_table('peer_due',
    sa.Column('id', KEY, nullable=False),
    sa.Column('submission_id', KEY, nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_peer_due_submission_id_submission')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer_due'))
    )
    with op.batch_alter_table('peer_due', schema=None) as batch_op:
        batch_op.create_index('ix_peer_due_submission_id', ['submission_id'], unique=False)

    op.create_table('peer_round',
    sa.Column('id', KEY, nullable=False),
    sa.Column('below', KEY, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer_round'))
    )
    op.create_table('peer_cell',
    sa.Column('pool_id', KEY, nullable=False),
    sa.Column('measure', sa.String(length=90), nullable=False),
    sa.Column('segment', sa.String(length=90), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('cuts', sa.Text(), nullable=False),
    sa.Column('told_of', sa.Text(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['peer_pool.id'], name=op.f('fk_peer_cell_pool_id_peer_pool')),
    sa.PrimaryKeyConstraint('pool_id', 'measure', 'segment', name=op.f('pk_peer_cell'))
    )
    with op.batch_alter_table('peer_cell', schema=None) as batch_op:
        batch_op.create_index('ix_peer_cell_pool_id_shown', ['pool_id', 'shown'], unique=False)

    # Who has consented already is counted from the first time on that the worker looks.
    op.execute(
        "INSERT INTO peer_due (submission_id) SELECT submission.id FROM submission JOIN consent"
        " ON consent.response_id = submission.response_id"
        " WHERE consent.purpose = 'comparison' AND consent.withdrawn_at IS NULL ORDER BY submission.id"
    )


def downgrade() -> None:
    op.drop_table('peer_cell')
    op.drop_table('peer_round')
    op.drop_table('peer_due')
    op.drop_table('peer_voice')
    op.drop_table('peer_pool')
