"""Issuing for many: a folder of certificates with an index, taken up again where it was stopped.

    OUT.part/  pages/0000.zip …     pages as they were drawn, before the log named them
               done.jsonl           one line a finished certificate, with the digest of its file
               <name>-<volunteer>.pdf
    OUT        the folder, or the .zip, when all are done

A page is on the disk before the log names it, because a page that was logged and lost could not be
drawn again. The pages stay until the end: whatever of the files a kill or a power cut left half
written is sealed again from them, and nobody is certified twice.
"""

import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

from certificates import drafting
from certificates.issue import Issued, Means, Order, Page, begin, finish, finish_all
from certificates.proof import Committed
from certificates.source import Ledger
from ledger import kinds
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office
from ledger.errors import LedgerError, Unsafe
from ledger.note import Note
from ledger.records import Certificate, Line, Volunteer
from ledger.rows import CertificateItem
from ledger.sheets.lists import Listing, write_list
from ledger.store.reading import Reader
from ledger.times import hours_and_minutes
from ledger.workers import spread

AT_ONCE = (
    50  # certificates an append: as many pages lie unsealed if a kill comes at the worst moment
)
Check = Callable[[bytes], LedgerError | None]  # why a finished file would not verify
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')  # in the name of a file, on Windows
_HEADINGS = ("志愿者编号", "姓名", "证明编号", "服务时长", "文件", "未出具的原因")


@dataclass(frozen=True, slots=True)
class Crew:
    """What checks a finished file before it is written, and the processes that help, if any."""

    check: Check
    others: Executor | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished certificate, as the index lists it."""

    volunteer: str
    name: str
    number: str
    minutes: int
    file: str
    sha256: str


class Certified(Protocol):
    """What the list says of a certificate."""

    @property
    def volunteer(self) -> str:
        """Whose it is."""

    @property
    def name(self) -> str:
        """His name."""

    @property
    def number(self) -> str:
        """Its number."""

    @property
    def minutes(self) -> int:
        """What it certifies."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A certificate whose page was kept, and is sealed now."""

    volunteer: str
    name: str
    number: str
    minutes: int


@dataclass(slots=True)
class Work:
    """The folder in which certificates are made, and what was finished in it before."""

    output: Path
    done: dict[str, Done] = field(default_factory=dict)  # by volunteer
    refused: dict[str, LedgerError] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where they are made."""
        return self.output.with_name(f"{self.output.name}.part")

    @property
    def _pages(self) -> Path:
        return self.folder / "pages"

    @property
    def _list(self) -> Path:
        return self.folder / "done.jsonl"

    @classmethod
    def take_up(cls, output: Path) -> "Work":
        """Begin, or go on where a run for the same output was stopped."""
        if output.exists():
            raise Unsafe(
                "file.exists",
                en=f"{output} exists already; name another file or folder with -o",
                zh=f"{output} 已存在；请用 -o 另起名字",
            )
        work = cls(output)
        try:
            work._pages.mkdir(parents=True, exist_ok=True)
            lines = work._list.read_text("utf-8").splitlines() if work._list.exists() else []
        except OSError as error:
            raise _unwritable(work.folder, error) from error
        for line in lines:
            one = _read(line)
            if one and _holds(work.folder / one.file, one.sha256):
                work.done[one.volunteer] = one
        return work

    def keep(self, pages: Sequence[Page]) -> None:
        """Put pages on the disk, for good, before the log names them."""
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as out:  # they are compressed already
            for page in pages:
                out.writestr(f"{page.draft.claim.number}.pdf", page.data)
        number = len(list(self._pages.glob("*.zip")))
        _write(self._pages / f"{number:04d}.zip", packed.getvalue())

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Give the pages that were kept, each with the number of its certificate."""
        for file in sorted(self._pages.glob("*.zip")):
            with zipfile.ZipFile(file) as pages:
                for one in pages.namelist():
                    yield one.removesuffix(".pdf"), pages.read(one)

    def finish(self, certificate: Certified, data: bytes) -> None:
        """Write a certificate's file and put it on the list."""
        name = f"{_UNFIT.sub('', certificate.name).strip(' .')[:60]}-{certificate.volunteer}.pdf"
        one = Done(
            certificate.volunteer, certificate.name, certificate.number, certificate.minutes, name,
            sha256(data).hexdigest(),
        )  # fmt: skip
        fields = {name: getattr(one, name) for name in Done.__slots__}
        try:
            (self.folder / one.file).write_bytes(data)
            with self._list.open("a", encoding="utf-8") as out:
                out.write(json.dumps(fields, ensure_ascii=False) + "\n")
        except OSError as error:
            raise _unwritable(self.folder / one.file, error) from error
        self.done[one.volunteer] = one

    def close(self) -> None:
        """Write the index, and make the folder what was asked for: a folder, or a .zip."""
        rows: list[tuple[str | int, ...]] = [
            (one.volunteer, one.name, one.number, hours_and_minutes(one.minutes), one.file, "")
            for one in sorted(self.done.values(), key=lambda one: one.number)
        ]
        rows += [(who, "", "", "", "", error.zh) for who, error in self.refused.items()]
        notes = (f"共 {len(self.done)} 份；每份都可以用 `vledger certificate verify` 离线查验。",)
        _write(self.folder / "目录.xlsx", write_list(Listing("证明目录", _HEADINGS, rows, notes)))
        shutil.rmtree(self._pages, ignore_errors=True)
        self._list.unlink(missing_ok=True)
        if self.output.suffix.lower() != ".zip":
            self.folder.replace(self.output)
            return
        whole = self.output.with_name(f"{self.output.name}.half")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as out:  # they are compressed already
            for file in sorted(self.folder.iterdir()):
                out.write(file, file.name)
        whole.replace(self.output)
        shutil.rmtree(self.folder)


def everybody(view: Reader) -> list[str]:
    """Return the volunteers who have a line, are active, and may have something to certify."""
    served = {line.volunteer for line in view.all(Line)}
    return [
        one.number for one in view.all(Volunteer) if one.number in served and one.state == "active"
    ]


def run(
    office: Office,
    means: Means,
    orders: Sequence[Order],
    work: Work,
    crew: Crew,
) -> Iterator[str]:
    """Issue what is not done yet, some at a time; give each volunteer's number when it is.

    Who has nothing to certify is in `work.refused`, and stops nobody. Other processes draw pages and
    check files while those before them are logged.
    """
    yield from _take_up(office, means, work, crew.check)
    left = [order for order in orders if order.number not in work.done]
    parts = [left[start : start + AT_ONCE] for start in range(0, len(left), AT_ONCE)]
    batch = begin(office, means, parts[0], others=crew.others) if parts else None
    unwritten: Iterator[str] = iter(())
    for some, coming in zip_longest(parts, parts[1:]):
        assert batch
        this, batch = batch, None
        if coming:
            batch = begin(office, means, coming, others=crew.others, ahead=this.given)
        made = finish_all(office, means, this, work.keep)
        files = [found.file for found in made if isinstance(found, Issued)]
        checked = spread(crew.others, crew.check, files)
        yield from unwritten
        unwritten = _written(work, some, made, checked)
    yield from unwritten


def _written(
    work: Work,
    orders: Sequence[Order],
    made: Sequence[Issued | LedgerError],
    checked: Iterator[LedgerError | None],
) -> Iterator[str]:
    """Write the files that were checked, and note who gets none."""
    for order, found in zip(orders, made, strict=True):
        if isinstance(found, LedgerError):
            work.refused[order.number] = found
        else:
            _raise(next(checked))
            work.finish(found, found.file)
        yield order.number


def _raise(error: LedgerError | None) -> None:
    if error is not None:
        raise error


def _take_up(office: Office, means: Means, work: Work, check: Check) -> Iterator[str]:
    """Seal the pages that a stopped run left, where the log came to name them."""
    with office.store.reading() as view:
        ledger, note = Ledger(view), office.cosign(view.checkpoint())
        committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size)
        for number, data in work.kept():
            record = next(view.where(Certificate, number=number), None)
            item = _named(ledger, record, data) if record else None
            if record is None or item is None or item.volunteer in work.done:
                continue  # the log names another page under that number, or none; or all was well
            vault, who = office.vault, item.volunteer
            opened = drafting.opened(vault.openings_of([who]).get(who, {}))
            file = finish(means.sealer, ledger, (record.entry, data), opened, committed)
            _raise(check(file))
            details = vault.details(who)
            name = details.name if details else ""
            work.finish(Sealed(who, name, number, item.minutes), file)
            yield who


def _named(ledger: Ledger, record: Certificate, page: bytes) -> CertificateItem | None:
    """Return the row of a certificate, if it is this page that its statement names."""
    head, item = ledger.head(record.entry), ledger.row(record.ref, 0)
    assert isinstance(head, kinds.Certificate)
    assert isinstance(item, CertificateItem)
    return item if head.page.sha256 == sha256(page).hexdigest() else None


def _write(file: Path, data: bytes) -> None:
    """Write a file whole, so that it is on the disk before this returns."""
    part = file.with_name(f"{file.name}.half")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _read(line: str) -> Done | None:
    """Read a line of the list; half a line is none, and its page is sealed again."""
    try:
        return Done(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _holds(file: Path, digest: str) -> bool:
    """Tell whether a file is there, and whole."""
    return file.is_file() and sha256(file.read_bytes()).hexdigest() == digest


def _unwritable(file: Path, error: OSError) -> Unsafe:
    return Unsafe(
        "file.unwritable",
        en=f"{file} cannot be written: {error.strerror}; check permissions and space",
        zh=f"无法写入 {file}：{error.strerror}；请检查权限和磁盘空间",
    )


def answer(work: Work, before: int) -> Mapping[str, Any]:
    """Return what a run did, as --json says it; so many were finished `before`."""
    return {
        "file": str(work.output),
        "issued": len(work.done) - before,
        "earlier": before,
        "certificates": [
            {"volunteer": one.volunteer, "certificate": one.number, "file": one.file}
            for one in work.done.values()
        ],
    }
