"""The consultants' workplace.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('abandoned',
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('questionnaire', 'version', 'origin', 'page', 'day', name=op.f('pk_abandoned'))
    )
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_response_previous_id'), ['previous_id'], unique=False)

    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('uniquifier', sa.String(length=64), nullable=False),
    sa.Column('email_index', sa.String(length=64), nullable=False),
    sa.Column('sealed_email', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_name', sa.LargeBinary(), nullable=False),
    sa.Column('role', sa.String(length=12), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('two_factor', sa.String(length=20), nullable=True),
    sa.Column('totp_secret', sa.Text(), nullable=True),
    sa.Column('totp_counter', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recovery_codes', sa.Text(), nullable=True),
    sa.Column('passkey_handle', sa.String(length=64), nullable=True),
    sa.Column('notify', sa.String(length=12), server_default='at_once', nullable=False),
    sa.Column('digest_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('signed_in_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email_index', name=op.f('uq_account_email_index')),
    sa.UniqueConstraint('passkey_handle', name=op.f('uq_account_passkey_handle')),
    sa.UniqueConstraint('uniquifier', name=op.f('uq_account_uniquifier'))
    )
    op.create_table('attempt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_subject_kind_at', ['subject', 'kind', 'at'], unique=False)

    op.create_table('export',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=24), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('form', sa.String(length=6), nullable=False),
    sa.Column('contact', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('owner', sa.String(length=40), nullable=True),
    sa.Column('next_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('sealed_bytes', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_export_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export')),
    sa.UniqueConstraint('public_id', name=op.f('uq_export_public_id'))
    )
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_export_state_next_at', ['state', 'next_at'], unique=False)

    op.create_table('passkey',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1024), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.Integer(), nullable=False),
    sa.Column('transports', sa.Text(), nullable=True),
    sa.Column('extensions', sa.Text(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('usage', sa.String(length=12), nullable=False),
    sa.Column('backup_state', sa.Boolean(), nullable=False),
    sa.Column('device_type', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_passkey_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_account_id'), ['account_id'], unique=False)

    op.create_table('saved_view',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name_index', sa.String(length=64), nullable=False),
    sa.Column('sealed_view', sa.LargeBinary(), nullable=False),
    sa.Column('shared', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_saved_view_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_account_id'), ['account_id'], unique=False)

    op.create_table('sign_in',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key_index', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('browser', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('key_index', name=op.f('uq_sign_in_key_index'))
    )
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_account_id'), ['account_id'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=24), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('sealed_contact', sa.LargeBinary(), nullable=True),
    sa.Column('sealed_message', sa.LargeBinary(), nullable=True),
    sa.Column('email_index', sa.String(length=64), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('mailed_at', sa.DateTime(), nullable=True),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('response_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_invitation_account_id_account')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_invitation_response_id_response')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_invitation_public_id')),
    sa.UniqueConstraint('response_id', name=op.f('uq_invitation_response_id'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_email_index'), ['email_index'], unique=False)

    op.create_table('submission',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=24), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('response_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scorecard_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('questionnaire', sa.String(length=60), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('stage_id', sa.String(length=60), nullable=True),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('stage_rank', sa.Integer(), nullable=True),
    sa.Column('overall', sa.Integer(), nullable=True),
    sa.Column('gap', sa.Integer(), nullable=True),
    sa.Column('gap_text', sa.Text(), nullable=True),
    sa.Column('company', sa.String(length=200), nullable=True),
    sa.Column('company_key', sa.String(length=200), nullable=False),
    sa.Column('email_index', sa.String(length=64), nullable=True),
    sa.Column('may_contact', sa.Boolean(), nullable=False),
    sa.Column('do_not_contact', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('assignee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('follow_up', sa.Date(), nullable=True),
    sa.Column('mark', sa.String(length=12), nullable=True),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(), nullable=False),
    sa.Column('erased', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assignee_id'], ['account.id'], name=op.f('fk_submission_assignee_id_account')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_submission_response_id_response')),
    sa.ForeignKeyConstraint(['scorecard_id'], ['scorecard.id'], name=op.f('fk_submission_scorecard_id_scorecard')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission')),
    sa.UniqueConstraint('public_id', name=op.f('uq_submission_public_id')),
    sa.UniqueConstraint('response_id', name=op.f('uq_submission_response_id')),
    sa.UniqueConstraint('scorecard_id', name=op.f('uq_submission_scorecard_id'))
    )
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submission_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index('ix_submission_counted', ['questionnaire', 'submitted_at', 'mark', 'origin', 'version', 'stage_id', 'may_contact', 'do_not_contact', 'overall', 'seconds'], unique=False)
        batch_op.create_index('ix_submission_company_key', ['company_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_submission_email_index'), ['email_index'], unique=False)
        batch_op.create_index('ix_submission_questionnaire_stage_id', ['questionnaire', 'stage_id'], unique=False)
        batch_op.create_index('ix_submission_questionnaire_submitted_at', ['questionnaire', 'submitted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_submission_reference'), ['reference'], unique=False)
        batch_op.create_index('ix_submission_submitted_at', ['submitted_at'], unique=False)

    op.create_table('area_score',
    sa.Column('submission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area', sa.String(length=60), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_area_score_submission_id_submission')),
    sa.PrimaryKeyConstraint('submission_id', 'area', name=op.f('pk_area_score'))
    )
    with op.batch_alter_table('area_score', schema=None) as batch_op:
        batch_op.create_index('ix_area_score_counted', ['submission_id', 'area', 'score'], unique=False)

    op.create_table('note',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed_text', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_note_account_id_account')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_note_submission_id_submission')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note'))
    )
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_note_submission_id'), ['submission_id'], unique=False)

    op.create_table('review',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.String(length=24), nullable=False),
    sa.Column('submission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issue', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed_content', sa.LargeBinary(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_review_account_id_account')),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_review_submission_id_submission')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review')),
    sa.UniqueConstraint('public_id', name=op.f('uq_review_public_id')),
    sa.UniqueConstraint('submission_id', 'issue', name=op.f('uq_review_submission_id'))
    )
    op.create_table('search_word',
    sa.Column('word', sa.String(length=16), nullable=False),
    sa.Column('submission_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['submission_id'], ['submission.id'], name=op.f('fk_search_word_submission_id_submission')),
    sa.PrimaryKeyConstraint('word', 'submission_id', name=op.f('pk_search_word'))
    )
    with op.batch_alter_table('search_word', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_search_word_submission_id'), ['submission_id'], unique=False)

    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_subject'), ['subject'], unique=False)

    # Not in batch mode: rebuilding a table that others point at would break their rows on SQLite.
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    op.execute(
        f'ALTER TABLE document ADD COLUMN review_id {kind} CONSTRAINT fk_document_review_id_review REFERENCES review (id)'
    )
    op.create_index('ix_document_review_id', 'document', ['review_id'], unique=False)
    op.create_index('ix_delivery_created_at', 'delivery', ['created_at', 'id'], unique=False)

    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.add_column(sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('sealed_payload', sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column('invitation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True)
        )
        batch_op.alter_column('kind',
               existing_type=sa.VARCHAR(length=12),
               type_=sa.String(length=16),
               existing_nullable=False)
        batch_op.alter_column('response_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_notice_account_id'), ['account_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_notice_account_id_account'), 'account', ['account_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_notice_invitation_id'), ['invitation_id'], unique=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_notice_invitation_id_invitation'), 'invitation', ['invitation_id'], ['id']
        )



def downgrade() -> None:
    op.drop_index('ix_delivery_created_at', table_name='delivery')

    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notice_invitation_id_invitation'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_notice_invitation_id'))
        batch_op.drop_constraint(batch_op.f('fk_notice_account_id_account'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_notice_account_id'))
        batch_op.alter_column('response_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column('kind',
               existing_type=sa.String(length=16),
               type_=sa.VARCHAR(length=12),
               existing_nullable=False)
        batch_op.drop_column('invitation_id')
        batch_op.drop_column('sealed_payload')
        batch_op.drop_column('account_id')

    with op.batch_alter_table('document', schema=None) as batch_op:
        if op.get_bind().dialect.name != 'sqlite':  # there it goes with its column
            batch_op.drop_constraint(batch_op.f('fk_document_review_id_review'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_document_review_id'))
        batch_op.drop_column('review_id')

    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_subject'))

    with op.batch_alter_table('search_word', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_search_word_submission_id'))

    op.drop_table('search_word')
    op.drop_table('review')
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_note_submission_id'))

    op.drop_table('note')
    with op.batch_alter_table('area_score', schema=None) as batch_op:
        batch_op.drop_index('ix_area_score_counted')

    op.drop_table('area_score')
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.drop_index('ix_submission_submitted_at')
        batch_op.drop_index(batch_op.f('ix_submission_reference'))
        batch_op.drop_index('ix_submission_questionnaire_submitted_at')
        batch_op.drop_index('ix_submission_counted')
        batch_op.drop_index(batch_op.f('ix_submission_email_index'))
        batch_op.drop_index('ix_submission_company_key')
        batch_op.drop_index(batch_op.f('ix_submission_assignee_id'))

    op.drop_table('submission')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_email_index'))
        batch_op.drop_index(batch_op.f('ix_invitation_account_id'))

    op.drop_table('invitation')
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_account_id'))

    op.drop_table('sign_in')
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saved_view_account_id'))

    op.drop_table('saved_view')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_account_id'))

    op.drop_table('passkey')
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.drop_index('ix_export_state_next_at')
        batch_op.drop_index(batch_op.f('ix_export_account_id'))

    op.drop_table('export')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_subject_kind_at')

    op.drop_table('attempt')
    op.drop_table('account')
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_response_previous_id'))

    op.drop_table('abandoned')
