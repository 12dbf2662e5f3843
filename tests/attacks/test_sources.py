"""What the product's own text must not hold: ways round escaping, templates made of data, and code run from data."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from assessment import paths, rendering

PRODUCT = Path(rendering.__file__).parent
TEMPLATES = sorted(path for path in paths.templates_dir().rglob("*") if path.suffix in {".html", ".txt", ".css"})
SOURCES = sorted(PRODUCT.rglob("*.py"))

MAY_LOAD = {
    # Answers for `assessment score` from a file of whoever types the command; BaseLoader makes text only.
    ("authoring.py", "yaml.load"),
    # A batch of the demonstration, handed by our own parent process to its children.
    ("demonstration/making.py", "pickle.loads"),
}
MAY_START = {"cli.py", "delivery/renderer.py", "backing_up.py"}
"""Our own worker and renderer, and PostgreSQL's own dump: a list of words, never a shell."""

FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv",
    "subprocess.getoutput", "subprocess.getstatusoutput", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open",
    "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "importlib.import_module", "Markup",
    "markupsafe.Markup", "jinja2.Template", "Template", "flask.render_template_string", "render_template_string",
    "tempfile.mktemp", "send_file", "send_from_directory", "flask.send_file", "flask.send_from_directory",
}  # fmt: skip


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _name(path: Path) -> str:
    return path.relative_to(PRODUCT).as_posix()


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 150
    assert len(TEMPLATES) > 60


def test_nothing_runs_code_from_data() -> None:
    found = {(_name(path), name) for path in SOURCES for name, _call in _calls(path) if name in FORBIDDEN}
    assert found == MAY_LOAD


def test_what_is_loaded_from_yaml_or_pickle_is_as_the_list_says() -> None:
    for path in SOURCES:
        for name, call in _calls(path):
            if name == "yaml.load":
                assert ast.unparse(call.keywords[0].value) == "yaml.BaseLoader", _name(path)
            if name.startswith("yaml.parse"):
                assert ast.unparse(call.keywords[0].value) == "yaml.CSafeLoader", _name(path)


def test_programs_are_started_by_a_list_of_words_and_never_by_a_shell() -> None:
    for path in SOURCES:
        for name, call in _calls(path):
            if name.startswith("subprocess.") and name not in {"subprocess.TimeoutExpired"}:
                assert _name(path) in MAY_START, (_name(path), name)
                assert isinstance(call.args[0], ast.List | ast.Name), (_name(path), ast.unparse(call))
            assert not any(word.arg == "shell" for word in call.keywords), (_name(path), ast.unparse(call))


def _sql(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith((".execute", ".exec_driver_sql", ".executescript")) or ast.unparse(
        call.func
    ) in {"text", "sqlalchemy.text", "literal_column", "sqlalchemy.literal_column"}


def _built(node: ast.expr) -> bool:
    """Whether a text is put together: an f-string with a hole, `+`, `%` or `.format`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return any(isinstance(side, ast.Constant | ast.JoinedStr) for side in (node.left, node.right))
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format")


OWN_WORDS_IN_SQL = {
    # PRAGMA with our own number of milliseconds.
    "store/database.py",
    # The names of our own triggers and tables.
    "store/migrations",
    "store/append_only.py",
}


def test_no_statement_is_put_together_from_text() -> None:
    for path in SOURCES:
        if any(_name(path).startswith(known) for known in OWN_WORDS_IN_SQL):
            continue
        for _, call in _calls(path):
            if _sql(call) and call.args:
                assert not _built(call.args[0]), (_name(path), ast.unparse(call)[:200])


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(paths.templates_dir()).as_posix())
def test_no_template_goes_round_escaping(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\|\s*(safe|tojson|xmlattr|urlize)\b", text)
    assert not re.search(r"\{%-?\s*(autoescape|raw)\b", text)
    assert not re.search(r"<[a-z][^>{]*\son[a-z]+\s*=", text), "an inline handler"
    assert not re.search(r"(?i)javascript:|<style[\s>]|\sstyle=", text) or "email" in path.parts or "pdf" in path.parts
    for script in re.findall(r"(?s)<script\b[^>]*>(.*?)</script>", text):
        assert not script.strip(), "an inline script"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(paths.templates_dir()).as_posix())
def test_no_template_chooses_a_template_by_data(path: Path) -> None:
    if path.suffix == ".css":
        return
    tree = rendering.environment().parse(path.read_text())
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        assert isinstance(node.template, nodes.Const), (path.name, node.lineno)  # type: ignore[attr-defined]


def test_the_one_environment_escapes_everything_but_the_text_of_mails() -> None:
    made = rendering.environment()
    choose = made.autoescape
    assert callable(choose)
    escaped = {path.suffix: choose(path.name) for path in TEMPLATES}
    assert escaped == {".html": True, ".txt": False, ".css": True}
    assert {path.parent.name for path in TEMPLATES if path.suffix == ".txt"} == {"email"}
    assert made.undefined is jinja2.StrictUndefined


def test_templates_come_from_our_own_folder_by_names_that_stand_in_the_code() -> None:
    for path in SOURCES:
        for name, call in _calls(path):
            if name.endswith("from_string"):
                raise AssertionError((_name(path), ast.unparse(call)))
            if name == "rendering.render" and call.args:
                assert not _built(call.args[0]), (_name(path), ast.unparse(call)[:120])


def test_regular_expressions_are_ours_and_take_no_ones_text() -> None:
    """A pattern is a constant, or built from constants of its own module."""
    for path in SOURCES:
        for name, call in _calls(path):
            if name in {"re.compile", "re.match", "re.search", "re.fullmatch", "re.sub", "re.findall", "re.split"}:
                held = [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)]
                assert all(one.id.upper() == one.id for one in held), (_name(path), ast.unparse(call)[:120])


def test_what_is_not_a_post_never_gets_past_the_form() -> None:
    """HEAD reaches every view that answers GET: what asks for "GET" would take it for a form without a token."""
    for path in SOURCES:
        assert 'method == "GET"' not in path.read_text(), _name(path)
