"""Ballots of confidential surveys, apart from who answered, and what was released of them.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('survey_draft',
    sa.Column('id', KEY, autoincrement=False, nullable=False),
    sa.Column('sealed_answers', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['response.id'], name=op.f('fk_survey_draft_id_response')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_draft'))
    )

    op.create_table('ballot_box',
    sa.Column('id', KEY, autoincrement=False, nullable=False),
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('sealed_answers', sa.LargeBinary(), nullable=False),
    sa.Column('waits_since', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ballot_box'))
    )
    with op.batch_alter_table('ballot_box', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_box_questionnaire', ['questionnaire'], unique=False)

    op.create_table('ballot',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('released_in', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ballot')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_questionnaire', ['questionnaire'], unique=False)

    op.create_table('survey_release',
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('counts', sa.Text(), nullable=False),
    sa.Column('shown', sa.Text(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('questionnaire', 'number', name=op.f('pk_survey_release'))
    )

    op.create_table('survey_count',
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('questionnaire', name=op.f('pk_survey_count'))
    )


def downgrade() -> None:
    op.drop_table('survey_count')
    op.drop_table('survey_release')
    op.drop_table('ballot')
    op.drop_table('ballot_box')
    op.drop_table('survey_draft')
