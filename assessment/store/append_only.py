"""The database's own refusal to change or delete what stands in the audit log; migrations make it, and so do tests.

What stands here is what revision 0003 ran: another wording needs a revision of its own.
"""

from sqlalchemy import DDL, event

from assessment.store.tables import audit, audit_seal

REFUSAL = "the audit log is append-only"
TABLES = (audit.name, audit_seal.name)


def statements(dialect: str) -> list[str]:
    """What makes the tables append-only on "sqlite" (INSERT OR REPLACE too) or "postgresql" (TRUNCATE too)."""
    if dialect == "sqlite":
        return [statement for name in TABLES for statement in _sqlite(name)]
    return [_FUNCTION, *(_postgresql(name) for name in TABLES)]


_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
)


def _postgresql(name: str) -> str:
    return (
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def _sqlite(name: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    there = f"NEW.id IN (SELECT id FROM {name})"  # noqa: S608
    return [
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {there} {refuse}",
    ]


def _attach() -> None:
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect):
            event.listen(audit.metadata, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


_attach()
