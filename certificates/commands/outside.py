"""What people hold of a log outside it: checkpoints in certificates, receipts, notes and folders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ledger.audit import Finding, Held
from ledger.auditing import forks
from ledger.auditing.forks import Fork
from ledger.commands.keeping import held, noted
from ledger.commands.world import World
from ledger.desk import unpacking
from ledger.encoding import decode
from ledger.errors import LedgerError, Malformed
from ledger.files import read_start
from ledger.note import Verifier
from ledger.published import Published
from ledger.trust import Trust

_LARGEST = 64 * 1024 * 1024  # bytes of a certificate; ours have a hundredth of that
_PROOF = b"c2sp.org/tlog-proof@v1\n"
_ZIP = b"PK\x03\x04"
_BUNDLE = b'{"format":"volunteer-ledger/bundle@'
_FORK = b'{"first":'  # a fork in its one form


@dataclass(slots=True)
class Compared:
    """What checkpoints of one log say of each other."""

    findings: list[Finding]
    remarks: list[Finding]
    evidence: list[Fork]
    count: int = 0
    rest: list[Path] = field(default_factory=list)  # files that are no evidence by themselves


def outside(world: World, path: Path) -> Held | Finding:
    """Return the checkpoint that a file or a published folder holds, or the finding that it holds none.

    A file that is not there is nobody's evidence: that is refused, as a mistake of who named it.
    """
    if path.is_dir():
        note = path / "checkpoint"
        return held(path, lambda: Held.read(str(path), world.read(note, most=_LARGEST)))
    if read_start(path, len(_BUNDLE)) == _BUNDLE:
        return held(path, lambda: Held.read(str(path), newest_of(world, path)))
    data = world.read(path, most=_LARGEST)
    return held(path, lambda: Held.read(str(path), checkpoint_in(data)))


def newest_of(world: World, bundle: Path) -> bytes:
    """Return the note of the newest checkpoint in a log that was taken away, which may be of any size."""
    from ledger.bundle import Bundle

    *_, (_, note) = [(0, b""), *Bundle(partial(world.open, bundle)).checkpoints()]
    return note


def checkpoint_in(data: bytes) -> bytes:
    """Return the note of the checkpoint in whatever of ours carries one, or in a note of its own.

    Certificates, statements of account, status lists and proofs through an anchor are read for their
    checkpoint alone: what else they say is for `verify`.
    """
    from certificates import credential, envelope, proof

    if data.startswith(b"%PDF"):
        return proof.read(envelope.split(data).attachment).checkpoint.encode()
    if data.startswith(_ZIP):
        return unpacking.checkpoint_of(data)
    if note := _said(data):
        return note
    if data.lstrip().startswith(b"{"):
        try:
            return proof.read(credential.split(data).attachment).checkpoint.encode()
        except Malformed as error:
            raise Malformed(
                f"it is none of our files in JSON that hold a checkpoint ({error.en})",
                f"它不是含有检查点的 JSON 文件（{error.zh}）",
            ) from error
    return noted(data) if data.startswith(_PROOF) else data


def _said(data: bytes) -> bytes:
    """Return the checkpoint of a proof of ours in JSON; nothing where it is none."""
    try:
        said = decode(data, lines=True) if data.startswith(b"{") else None
    except Malformed:
        return b""
    note = said.get("checkpoint") if isinstance(said, dict) else None
    return note.encode() if isinstance(note, str) else b""


def proved(world: World, paths: Sequence[Path], trusted: Trust) -> Compared:
    """Check the files of evidence among those given: two notes, and what shows that they part."""
    found = Compared([], [], [])
    keys = trusted.ever()
    for path in paths:
        if path.is_dir() or read_start(path, len(_FORK)) != _FORK:
            found.rest.append(path)
            continue
        data = world.read(path, most=_LARGEST)
        try:
            fork = forks.read_fork(data)
            first = forks.check(fork, keys).first
        except LedgerError as error:
            en, zh = f"{path} is no evidence: {error.en}", f"{path} 不能作为证据：{error.zh}"
            found.findings.append(Finding("evidence.unreadable", str(path), en, zh))
            continue
        found.count += 2  # of one file
        two = (Held(str(path), first), Held(str(path), first))
        _accuse(found, two, fork, keys)
    return found


def folders_apart(
    paths: Sequence[Path], newest: bytes, keys: Sequence[Verifier]
) -> Iterator[tuple[Finding, Fork | None]]:
    """Find published folders that are ahead of a ledger and of another history than its newest note."""
    own = Held.read("", newest).checkpoint
    for path in filter(Path.is_dir, paths):
        if found := damage(path, keys):
            yield found, None
            continue
        whole = Held.read(str(path), (path / "checkpoint").read_bytes()).checkpoint
        if whole.origin != own.origin or not 0 < own.size < whole.size:
            continue
        try:
            fork = in_folder(path, newest, keys)
        except LedgerError as error:
            yield _unreadable(path, error), None
            continue
        if fork:
            en = f"{path} does not go on from this ledger: it is another history of {own.origin}"
            zh = f"{path} 并非本账本的延续，而是 {own.origin} 的另一种历史"
            yield Finding("checkpoint.fork", str(path), en, zh), fork


def damage(path: Path, keys: Sequence[Verifier]) -> Finding | None:
    """Read a published folder from end to end; return what keeps it from being what it commits to."""
    try:
        for _ in _tree(path, keys).entries():
            pass
    except LedgerError as error:
        return _unreadable(path, error)
    return None


# --- without a ledger -----------------------------------------------------------------------------


def compare(world: World, paths: Sequence[Path], trusted: Trust) -> Compared:
    """Hold checkpoints against each other where no ledger is at hand.

    Two of one size need nothing else; a published folder decides about all that are smaller.
    """
    keys = trusted.ever()
    found = proved(world, paths, trusted)
    read = [(path, outside(world, path)) for path in found.rest]
    found.findings += [one for _, one in read if isinstance(one, Finding)]
    notes = []
    for path, one in read:
        if isinstance(one, Held) and _is_signed(found, one, keys):
            notes.append((path, one))
    found.count += len(notes)
    decided = set[tuple[str, str]]()
    for path, whole in notes:
        if path.is_dir() and (broken := damage(path, keys)):
            found.findings.append(broken)
        elif path.is_dir():
            decided |= _hold_against(found, (path, whole), [one for _, one in notes], keys)
    _pair(found, [one for _, one in notes], decided, keys)
    return found


def _is_signed(found: Compared, held: Held, keys: Sequence[Verifier]) -> bool:
    if any(forks.is_signed(held.note, key) for key in keys if key.name == held.checkpoint.origin):
        return True
    found.findings.append(
        Finding(
            "evidence.foreign",
            held.label,
            f"{held.label} holds no checkpoint that a log of the trust file signed",
            f"{held.label} 中没有信任文件所列账本签署的检查点",
        )
    )
    return False


def _hold_against(
    found: Compared,
    folder: tuple[Path, Held],
    notes: Sequence[Held],
    keys: Sequence[Verifier],
) -> set[tuple[str, str]]:
    """Hold notes against a published tree; return which pairs that decides."""
    path, whole = folder
    decided = set()
    for one in notes:
        if one is whole or one.checkpoint.origin != whole.checkpoint.origin:
            continue
        if 0 < one.checkpoint.size <= whole.checkpoint.size:
            decided |= {(one.label, whole.label), (whole.label, one.label)}
            try:
                fork = in_folder(path, one.note, keys)
            except LedgerError as error:
                found.findings.append(_unreadable(path, error))
                return decided
            if fork:
                _accuse(found, (one, whole), fork, keys)
    return decided


def _tree(folder: Path, keys: Sequence[Verifier]) -> Published:
    """Open a published folder, whichever of the logs with these keys it is of."""
    from ledger.publish import open_folder
    from ledger.trust import TrustedLog

    names = {key.name for key in keys}
    logs = tuple(TrustedLog(keys=tuple(str(k) for k in keys if k.name == name)) for name in names)
    return open_folder(folder, Trust(logs=logs))


def _unreadable(path: Path, error: LedgerError) -> Finding:
    en, zh = f"{path} cannot be compared: {error.en}", f"{path} 无法比对：{error.zh}"
    return Finding("evidence.unreadable", str(path), en, zh)


def in_folder(folder: Path, note: bytes, keys: Sequence[Verifier]) -> Fork | None:
    """Return the evidence that a published tree is not true to a checkpoint no larger than it is.

    Raises where a file of the tree is missing, or is not what its checkpoint fixes.
    """
    tree = _tree(folder, keys)
    fork = forks.against(note, (folder / "checkpoint").read_bytes(), tree.node)
    try:
        forks.check(fork, keys)
    except LedgerError:
        return None
    return fork


def _pair(
    found: Compared, notes: Sequence[Held], decided: set[tuple[str, str]], keys: Sequence[Verifier]
) -> None:
    for one, two in _pairs(notes):
        if (one.label, two.label) in decided:
            continue
        same = one.checkpoint.size == two.checkpoint.size
        fork = forks.pair(one.note, two.note)
        if same and one.checkpoint.root != two.checkpoint.root:
            _accuse(found, (one, two), fork, keys)
        elif not same:
            en = f"{one.label} and {two.label} are of different sizes: it takes the ledger, or a folder"
            zh = f"{one.label} 与 {two.label} 大小不同，须有账本或公开发布的文件夹才能比对"
            found.remarks.append(
                Finding(
                    "checkpoint.apart", two.label, f"{en} that was published, to compare them", zh
                )
            )


def _pairs(notes: Sequence[Held]) -> Iterator[tuple[Held, Held]]:
    for at, two in enumerate(notes):
        for one in notes[:at]:
            if one.checkpoint.origin == two.checkpoint.origin:
                yield one, two


def _accuse(found: Compared, two: tuple[Held, Held], fork: Fork, keys: Sequence[Verifier]) -> None:
    one, other = two
    alone = one.label == other.label
    who_en = f"{one.label} holds" if alone else f"{one.label} and {other.label} hold"
    who_zh = f"{one.label} 中有两份" if alone else f"{one.label} 与 {other.label} 各持"
    origin = one.checkpoint.origin
    found.evidence.append(fork)
    if forks.check(fork, keys).same_key:
        en, zh = "its key signed two histories", "同一密钥签署了两种历史"
    else:
        en = "two keys of it signed them, and unless a recovery in the log names the first, that is fraud"
        zh = "由该账本的两把密钥分别签署；除非账本中的恢复文书（recovery）已声明前者，否则即为造假"
    found.findings.append(
        Finding(
            "checkpoint.fork",
            other.label,
            f"{who_en} two checkpoints of {origin} that cannot both be true: {en}",
            f"{who_zh} {origin} 的检查点，两者不可能都为真：{zh}",
        )
    )
