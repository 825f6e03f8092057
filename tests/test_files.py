"""What is wrong with a file is said with its name, and one bad file keeps nobody from the others.

Holds ledger.files.
"""

from pathlib import Path

import pytest

from ledger.errors import Malformed, Rejected, Unsafe, Unverified
from ledger.files import check_new, named, write_secret
from tests.clerk import Clerk


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三")
    clerk("closing", "make")
    return clerk


@pytest.mark.parametrize(
    "error",
    [Malformed("bad", "坏"), Unverified("bad", "坏"), Rejected("x", en="bad", zh="坏")],
)
def test_a_trouble_with_what_is_in_a_file_names_it(error: Malformed) -> None:
    with pytest.raises(type(error)) as found, named(Path("a.json")):
        raise error
    assert (found.value.en, found.value.zh) == ("a.json: bad", "a.json：坏")


def test_what_names_its_place_already_is_left_as_it_is() -> None:
    with pytest.raises(Unsafe) as found, named(Path("a.json")):
        raise Unsafe("file.unreadable", en="a.json cannot be read", zh="无法读取 a.json")
    assert found.value.en == "a.json cannot be read"


def test_a_secret_is_never_written_over(tmp_path: Path) -> None:
    check_new(tmp_path / "key.pem")
    write_secret(tmp_path / "key.pem", b"1")
    with pytest.raises(Unsafe, match="exists already"):
        check_new(tmp_path / "key.pem")
    with pytest.raises(Unsafe, match="exists already"):
        write_secret(tmp_path / "key.pem", b"2")
    assert (tmp_path / "key.pem").read_bytes() == b"1"


@pytest.mark.parametrize(
    "words",
    [
        ("closing", "verify"),
        ("prove", "--check"),
        ("witness", "take"),
        ("witness", "trust"),
        ("recover", "--letter"),
        ("submit",),
        ("audit", "--against"),
        ("anchor", "add", "--trust", "{trust}"),
        ("closing", "verify", "{account}", "--trust"),
    ],
    ids=" ".join,
)
def test_every_command_names_the_file_that_it_cannot_read(
    founded: Clerk, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file, trust = tmp_path / "混入的.bin", founded.home / "trust.json"
    account = tmp_path / "对账单.json"
    founded("closing", "prove", founded.numbers["张三"], "-o", account)
    given = [word.format(trust=trust, account=account) for word in words]
    for data in (b"\0" * 999, b"\xff\xfe", b"hello\n", b'{"a":1}'):
        file.write_bytes(data)
        for lang in ("zh", "en"):
            ran = founded.run(*given, file, lang=lang)
            said = ran.output
            assert ran.exit_code == 1
            assert str(file) in said
            assert len(said) < 1000


def test_one_bad_file_does_not_stop_the_answers_about_the_others(
    founded: Clerk, tmp_path: Path
) -> None:
    good, bad = tmp_path / "对账单.json", tmp_path / "混入的.json"
    founded("closing", "prove", founded.numbers["张三"], "-o", good)
    bad.write_bytes(b"hello")
    files = (bad, good, tmp_path / "没有.json", good)
    found = founded("closing", "verify", *files, code=1)["results"]
    assert [one["file"] for one in found] == list(map(str, files))
    assert [one.get("minutes") for one in found] == [None, 180, None, 180]
    assert [one.get("error", {}).get("code") for one in found] == [
        "malformed", None, "file.unreadable", None,
    ]  # fmt: skip
    ran = founded.run("closing", "verify", *files)
    assert ran.exit_code == 1
    assert ran.stdout.count("3 h 0 min") == 4
    assert ran.stderr.count("✗") == 2


def test_a_folder_without_its_checkpoint_ends_no_audit(founded: Clerk, tmp_path: Path) -> None:
    founded("publish", tmp_path / "网站")
    (tmp_path / "空的").mkdir()
    for at, content in (("网站", b"hello"), ("网站", None), ("空的", None)):
        if content is None:
            (tmp_path / at / "checkpoint").unlink(missing_ok=True)
        else:
            (tmp_path / at / "checkpoint").write_bytes(content)
        found = founded("audit", "--against", tmp_path / at, code=1)
        assert [(one["code"], one["place"]) for one in found["findings"]] == [
            ("evidence.unreadable", str(tmp_path / at))
        ]
        assert found["lines"] == 1
    assert founded.refused("audit", "--against", tmp_path / "没有这样的") == "file.unreadable"
