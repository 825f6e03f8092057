"""The folder in which certificates are made: whatever stops a run, nothing that was logged is lost.

    OUT.part/  lock             held by the run that works here
               asked.json       what was asked for: a run with other wishes is another run
               pages/0000.zip … pages as they were drawn, before the log named them
               pages/*.pdf      files that were not checked yet
               done.jsonl       one line a finished certificate, with the digest of its file
               <name>-<volunteer>.pdf
    OUT        the file, the folder or the .zip, when all are done

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
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

from certificates.issue import Issued, Page
from ledger.durable import lock
from ledger.errors import LedgerError, Unsafe, in_chinese
from ledger.files import check_free, check_is_file
from ledger.sheets.lists import Listing, write_list
from ledger.times import hours_and_minutes

Check = Callable[[bytes], LedgerError | None]  # why a finished file would not verify
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')  # in the name of a file, on Windows
_HEADINGS = ("志愿者编号", "姓名", "证明编号", "服务时长", "文件", "未出具的原因")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished certificate, as the index lists it."""

    volunteer: str
    name: str
    number: str
    minutes: int
    file: str
    sha256: str


@dataclass(slots=True)
class Work:
    """Certificates in the making, and what was finished of them before."""

    output: Path
    single: bool = False  # the output is the file of one certificate
    done: dict[str, Done] = field(default_factory=dict)  # by volunteer
    refused: dict[str, LedgerError] = field(default_factory=dict)
    latest: Issued | None = None  # finished in this run
    _lock: BinaryIO | None = None

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
    def take_up(cls, output: Path, asked: Mapping[str, object], *, single: bool = False) -> Self:
        """Begin, or go on where a run for the same output was stopped that `asked` for the same."""
        check_is_file(output)
        check_free(output)
        work = cls(output, single)
        try:
            work._pages.mkdir(parents=True, exist_ok=True)
            work._take_lock()
            work._check_asked(json.dumps(asked, ensure_ascii=False, sort_keys=True))
            lines = work._list.read_text("utf-8").splitlines() if work._list.exists() else []
        except OSError as error:
            raise _unwritable(work.folder, error) from error
        for line in lines:
            one = _read(line)
            if one and _holds(work.folder / one.file, one.sha256):
                work.done[one.volunteer] = one
        return work

    def __enter__(self) -> Self:
        """Work in the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the folder, and leave none behind in which nothing was begun."""
        if self.folder.exists() and not any(self._pages.glob("*.zip")):
            self._let_go()
            shutil.rmtree(self.folder, ignore_errors=True)
        self._let_go()

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

    def write(self, certificate: Issued) -> Path:
        """Write a certificate's file where nobody takes it for a finished one, and return where."""
        file = self._pages / _name(certificate)
        try:
            file.write_bytes(certificate.file)
        except OSError as error:
            raise _unfinished(file, certificate.number, error) from error
        return file

    def finish(self, certificate: Issued) -> None:
        """Put a file that was written, and checked, in its place and on the list."""
        one = Done(
            certificate.volunteer, certificate.name, certificate.number, certificate.minutes,
            _name(certificate), sha256(certificate.file).hexdigest(),
        )  # fmt: skip
        fields = {name: getattr(one, name) for name in Done.__slots__}
        try:
            (self._pages / one.file).replace(self.folder / one.file)
            with self._list.open("a", encoding="utf-8") as out:
                out.write(json.dumps(fields, ensure_ascii=False) + "\n")
        except OSError as error:
            raise _unfinished(self.folder / one.file, certificate.number, error) from error
        self.done[one.volunteer] = one
        self.latest = certificate

    def close(self) -> None:
        """Make the folder what was asked for: one certificate's file, a folder, or a .zip."""
        try:
            if self.single:
                self._close_one()
            else:
                self._close_many()
        except OSError as error:
            raise _unwritable(self.output, error) from error

    def _close_one(self) -> None:
        (one,) = self.done.values()
        check_free(self.output)
        (self.folder / one.file).replace(self.output)
        self._let_go()
        shutil.rmtree(self.folder)

    def _close_many(self) -> None:
        rows: list[tuple[str | int, ...]] = [
            (one.volunteer, one.name, one.number, hours_and_minutes(one.minutes), one.file, "")
            for one in sorted(self.done.values(), key=lambda one: one.number)
        ]
        rows += [(who, "", "", "", "", error.zh) for who, error in self.refused.items()]
        notes = (f"共 {len(self.done)} 份；每份都可以用 `vledger certificate verify` 离线查验。",)
        _write(self.folder / "目录.xlsx", write_list(Listing("证明目录", _HEADINGS, rows, notes)))
        shutil.rmtree(self._pages, ignore_errors=True)
        self._let_go()
        for file in (self._list, self.folder / "asked.json", self.folder / "lock"):
            file.unlink(missing_ok=True)
        if self.output.suffix.lower() != ".zip":
            self.folder.replace(self.output)
            return
        whole = self.output.with_name(f"{self.output.name}.half")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as out:  # they are compressed already
            for file in sorted(self.folder.iterdir()):
                out.write(file, file.name)
        whole.replace(self.output)
        shutil.rmtree(self.folder)

    def _take_lock(self) -> None:
        """Let nobody else work here: two runs would certify the same people twice."""
        self._lock = (self.folder / "lock").open("ab")
        if not lock(self._lock):
            self._let_go()
            raise Unsafe(
                "work.busy",
                en=f"another run is making {self.output} just now; wait until it has ended",
                zh=f"另一次运行正在制作 {self.output}，请等它结束",
            )
        check_free(self.output)  # it may have ended while we came

    def _let_go(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def _check_asked(self, asked: str) -> None:
        file = self.folder / "asked.json"
        before = file.read_text("utf-8") if file.exists() else ""
        if before and before != asked:
            self._let_go()
            raise Unsafe(
                "work.other",
                en=f"{self.folder} holds a stopped run that asked for something else ({before}): give the"
                " same options to finish it, or another name with -o",
                zh=f"{self.folder} 中有一次中途停下、要求不同的运行（{before}）：请用同样的选项接着做，"
                "或用 -o 另起名字",
            )
        _write(file, asked.encode())


def check_written(check: Check, file: Path) -> LedgerError | None:
    """Check a file as it lies on the disk: to hand its bytes to another process would cost more."""
    return check(file.read_bytes())


def _name(certificate: Issued) -> str:
    return f"{_UNFIT.sub('', certificate.name).strip(' .')[:60]}-{certificate.volunteer}.pdf"


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
        zh=f"无法写入 {file}：{in_chinese(error)}；请检查权限和磁盘空间",
    )


def _unfinished(file: Path, number: str, error: OSError) -> Unsafe:
    return Unsafe(
        "file.unwritable",
        en=f"certificate {number} is logged, but {file} cannot be written: {error.strerror}; make room, and"
        " give the same command again: it is finished then, and nobody is certified twice",
        zh=f"证明 {number} 已入账，但无法写入 {file}：{in_chinese(error)}；请腾出空间后再执行同一命令，"
        "即可接着完成，不会重复出具",
    )
