"""docs/worked-example.md is what its files say, and both verifiers take the files."""

import ast
import sys
from pathlib import Path

from certificates import verify as product
from ledger import trust
from ledger.publish import open_folder
from tests import worked
from tests.worked import FILES, PAGE
from tests.worked_files import make
from tools import verify

BELIEVED = trust.read((FILES / "trust.json").read_bytes())


def test_every_number_on_the_page_is_computed_from_the_files() -> None:
    assert PAGE.read_text("utf-8") == worked.page(FILES)


def test_a_stranger_could_have_computed_them() -> None:
    code = ast.parse(Path(worked.__file__).read_text("utf-8"))
    named = {
        one.name for node in ast.walk(code) if isinstance(node, ast.Import) for one in node.names
    }
    named |= {str(node.module) for node in ast.walk(code) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names


def test_both_verifiers_take_the_certificate() -> None:
    ours = product.verify((FILES / "certificate.pdf").read_bytes(), BELIEVED)
    assert (ours.genuine, ours.logged, ours.specimen) == (True, True, True)
    found, why = verify.check(FILES / "certificate.pdf", FILES / "trust.json")
    assert (set(found), why) == ({"genuine", "logged"}, [])
    known = ours.certificate | {"carried": 0}
    assert found["genuine"] == {name: known[name] for name in found["genuine"]}


def test_both_verifiers_take_the_published_log() -> None:
    found, why = verify.check(FILES / "log", FILES / "trust.json")
    entries = list(open_folder(FILES / "log", BELIEVED).entries())
    assert (found["folder"]["size"], why) == (len(entries), [])


def test_the_product_still_writes_these_bytes(tmp_path: Path) -> None:
    """Another seal changes the two certificates at the end, and nothing before them."""
    make(tmp_path)
    known, made = ((path / "log/tile/0/000.p/20").read_bytes() for path in (FILES, tmp_path))
    assert made[: 32 * 18] == known[: 32 * 18]
    worked.page(tmp_path)
