"""A bundle: a whole log in one file, to be taken away and audited where there is no database.

    {"format":"volunteer-ledger/bundle@v1"}
    {"entry":"<stamp and note>","index":0,"items":1,"line":"entry"}
    <its first item, byte for byte>                                <- as many lines as it has items
    {"line":"checkpoint","note":"<note>","size":1}                 <- behind the entry that completes it
    …
    {"line":"cosignature","n":0,"signature":"<line>","size":1,"vkey":"<key>"}   <- all at the end
    {"line":"end","lines":5}                                       <- how many stand before it

Lines of canonical JSON, ended by a line feed each: any tool that reads JSON or lines reads it, nothing is
packed, and the same ledger makes the same bytes. It is read from first to last and never held whole;
what it says is judged by the audit, here is its form alone. The public keys are in it where they came to
speak: in the charter and the appointments. No name is, nor anything else out of the vault.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Annotated, BinaryIO

from msgspec import Meta
from msgspec.json import Decoder

from ledger import fields
from ledger.auditing.evidence import Cosignature, Log, Logged
from ledger.errors import LedgerError, Malformed
from ledger.fields import MAX_ITEMS, Form, Whole

FORMAT = "volunteer-ledger/bundle@v1"
MAX_LINE = 1 << 20  # bytes; an entry of the longest has an eighth of that, if all of it is escaped


class Begin(Form, frozen=True, tag_field="format", tag=FORMAT):
    """The first line."""


class Entry(Form, frozen=True, tag_field="line", tag="entry"):
    """An entry; the lines of its items follow."""

    entry: str
    index: Whole
    items: Annotated[int, Meta(ge=0, le=MAX_ITEMS)]


class Checkpoint(Form, frozen=True, tag_field="line", tag="checkpoint"):
    """A checkpoint that the ledger keeps: each that left the house, and the newest."""

    note: str
    size: Whole


class Cosigned(Form, frozen=True, tag_field="line", tag="cosignature"):
    """What a witness said of a checkpoint, and by which key."""

    n: Whole
    signature: str
    size: Whole
    vkey: str


class End(Form, frozen=True, tag_field="line", tag="end"):
    """The last line: what was cut short or grew on the way does not fit it."""

    lines: Whole


Line = Entry | Checkpoint | Cosigned | End
_BEGIN: Decoder[Begin] = Decoder(Begin)
_LINE: Decoder[Line] = Decoder(Line)


# --- writing ------------------------------------------------------------------------------------


def write(log: Log) -> Iterator[bytes]:
    """Give a log's bundle, line by line; raises `Malformed` where no form holds what is stored.

    Nothing is judged: what an audit finds in the ledger, it finds in the bundle.
    """
    count = 0
    for line in _lines(log):
        yield line
        count += 1
    yield _written(End(lines=count))


def _lines(log: Log) -> Iterator[bytes]:
    yield _written(Begin())
    heads = iter(log.checkpoints())
    head = next(heads, None)
    for index, entry, items in log.log():
        while head and head[0] <= index:
            yield _head(*head)
            head = next(heads, None)
        yield from _entry(index, entry, items)
    while head:
        yield _head(*head)
        head = next(heads, None)
    for n, size, vkey, signature in log.cosignatures():
        yield _written(Cosigned(n=n, signature=signature, size=size, vkey=vkey))


def _entry(index: int, entry: bytes, items: Sequence[bytes]) -> Iterator[bytes]:
    with _at(f"entry {index}", f"第 {index} 条"):
        yield _written(Entry(entry=_text(entry), index=index, items=len(items)))
        for item in items:
            if b"\n" in item or len(item) >= MAX_LINE:
                raise Malformed("a row is not on one line", "有一行明细不在一行之内")
            yield item + b"\n"


def _head(size: int, note: bytes) -> bytes:
    with _at(f"checkpoint {size}", f"检查点 {size}"):
        return _written(Checkpoint(note=_text(note), size=size))


def _written(line: Form) -> bytes:
    data = fields.write(line, lines=True) + b"\n"
    if len(data) > MAX_LINE:
        raise Malformed("it is longer than anything that was admitted", "超过可入账的长度")
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("it is not UTF-8", "不是 UTF-8") from error


@contextmanager
def _at(en: str, zh: str) -> Iterator[None]:
    """Name the place of what cannot be taken into a bundle."""
    try:
        yield
    except Malformed as error:
        raise Malformed(
            f"{en} cannot be taken into a bundle: {error.en}; `vledger audit` says what is wrong",
            f"{zh}无法写入带走的文件：{error.zh}；请先用 vledger audit 查明",
        ) from error


# --- reading ------------------------------------------------------------------------------------


class Bundle:
    """A bundle as an audit reads it: a log, in a file that `opened` opens anew each time.

    Walking it raises `Malformed`, naming the line, for whatever is not the one form of a bundle.
    """

    def __init__(self, opened: Callable[[], BinaryIO]) -> None:
        self._opened = opened

    def origin(self) -> str:
        """Return the name of the log as its first checkpoint gives it, empty if there is none."""
        _, note = next(self.checkpoints(), (0, b""))
        return note.partition(b"\n")[0].decode()

    def is_simulated(self) -> bool:
        """Tell whether its charter says that its clock is told the time."""
        _, entry, _ = next(self.log(), (0, b"", ()))
        return b'"clock":"simulated"' in entry

    def log(self) -> Iterator[Logged]:
        """Iterate over index, entry and items of each entry."""
        for line, items in self._walk():
            if isinstance(line, Entry):
                yield line.index, line.entry.encode(), items

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Iterate over size and note of each checkpoint."""
        for line, _ in self._walk():
            if isinstance(line, Checkpoint):
                yield line.size, line.note.encode()

    def cosignatures(self) -> Iterator[Cosignature]:
        """Iterate over number, checkpoint's size, key and line of each cosignature."""
        for line, _ in self._walk():
            if isinstance(line, Cosigned):
                yield line.n, line.size, line.vkey, line.signature

    def _walk(self) -> Iterator[tuple[Line, Sequence[bytes]]]:
        with closing(self._opened()) as file:
            reader = _Reader(file)
            reader.begin()
            place = (0, 0)
            while not isinstance(line := reader.line(), End):
                reader.hold(
                    place < (place := _place(line)), "it does not belong here", "不应在此处"
                )
                count = line.items if isinstance(line, Entry) else 0
                yield line, [reader.item() for _ in range(count)]
            reader.hold(line.lines == reader.count - 1, "lines were lost or added", "行数不符")
            reader.hold(not file.read(1), "something follows the last line", "末行之后还有内容")


class _Reader:
    """Takes lines from a file and names the one that is not in order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0

    def begin(self) -> None:
        """Take the first line."""
        self._read(_BEGIN, self._next())

    def line(self) -> Line:
        """Take the next line that is not an item."""
        return self._read(_LINE, self._next())

    def item(self) -> bytes:
        """Take the line of an item, as it is: what it says the audit judges."""
        return self._next()

    def hold(self, true: bool, en: str, zh: str) -> None:  # noqa: FBT001
        """Raise `Malformed`, naming the line that was read last, unless something is so."""
        if not true:
            raise Malformed(
                f"line {self.count} of the bundle: {en}; ask for the bundle again",
                f"带走的文件第 {self.count} 行：{zh}；请重新索取该文件",
            )

    def _next(self) -> bytes:
        line = self._file.readline(MAX_LINE)
        self.count += 1
        self.hold(
            line.endswith(b"\n"), "it is cut short, or longer than any", "残缺，或超过长度上限"
        )
        return line[:-1]

    def _read(self, decoder: "Decoder[fields.F]", line: bytes) -> "fields.F":
        try:
            return fields.read(decoder, line, ("the line", "所写"), exact=True, lines=True)
        except LedgerError as error:
            said = line[:40].decode(errors="replace")
            self.hold(False, f"{error.en}: {said!r}", f"{error.zh}：{said!r}")  # noqa: FBT003
            raise


def _place(line: Entry | Checkpoint | Cosigned) -> tuple[int, int]:
    """Return where a line stands: places rise from line to line, so that each has one."""
    match line:
        case Entry():
            return 0, 2 * line.index + 1
        case Checkpoint():  # behind the entry before it
            return 0, 2 * line.size
        case Cosigned():
            return 1, line.n
