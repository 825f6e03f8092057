"""What strangers are given: the newest checkpoint, proofs, and the folder that is published."""

from pathlib import Path

import click

from ledger import publish as publishing
from ledger import tlogproof
from ledger.checkpoint import Checkpoint
from ledger.commands.opening import office
from ledger.commands.world import World, error_json
from ledger.desk import unpacking
from ledger.desk.office import parse_place
from ledger.encoding import decode
from ledger.errors import Malformed, Rejected, Unsafe
from ledger.fields import write
from ledger.files import named, read_start
from ledger.note import Note, Verifier
from ledger.proving import entry_shown
from ledger.proving import prove as prove_entry
from ledger.records import Key
from ledger.statements import Entry
from ledger.tlogproof import Proof
from ledger.trust import Trust

_ZIP = b"PK\x03\x04"
_LONGEST = 19  # digits of an index


def newest(world: World) -> bytes:
    """Return the newest checkpoint, with all its lines."""
    return office(world).store.checkpoint()


def give(world: World, what: str, data: bytes, output: Path | None) -> None:
    """Write to a file, or print the very bytes."""
    if output:
        world.write(output, data)
        world.tell(f"written: {output}", f"已写入 {output}")
    elif not world.as_json:
        click.echo(data, nl=False)
    world.answer({what: data.decode(), **({"file": str(output)} if output else {})})


def publish(world: World, folder: Path, *, every: bool, without_quorum: bool) -> None:
    """Publish the log into a folder, once enough witnesses have cosigned, and say what was written."""
    _check_public(world, folder)
    _have_cosigned(world)
    with office(world).store.reading() as view:
        keys = [Verifier.parse(key.vkey) for key in view.where(Key, role="log")]
        head = publishing.Head(view.cosigned(), keys)
        lacking = _lacking(world, head.note)
        if lacking and not without_quorum:
            raise _unwitnessed(lacking)
        done = publishing.publish(
            folder,
            view,
            head,
            every=every,
            watched=lambda steps, total: world.progress(steps, total, "publishing", "正在发布"),
        )
    world.tell(
        f"published in {folder}: {done.size} entries, {done.size - done.before} of them new;"
        f" {done.written} files written, {done.removed} superseded ones deleted",
        f"已发布到 {folder}：共 {done.size} 条，其中新增 {done.size - done.before} 条；"
        f"写入 {done.written} 个文件，删除已被取代的 {done.removed} 个",
    )
    world.answer(
        {
            "folder": str(folder),
            "size": done.size,
            "new": done.size - done.before,
            "written": done.written,
            "removed": done.removed,
        }
    )


def _check_public(world: World, folder: Path) -> None:
    """Raise `Unsafe` where whoever serves the folder would serve private keys with it."""
    home, public = world.home.path.resolve(), folder.resolve()
    if home.is_relative_to(public) or public.is_relative_to(home):
        raise Unsafe(
            "publish.private",
            en=f"{folder} holds {world.home.path} with its keys, or lies in it: publish into a folder of its own",
            zh=f"{folder} 含有账本文件夹 {world.home.path} 及其密钥，或在其中：请发布到专用的文件夹",
        )


def _have_cosigned(world: World) -> None:
    """Ask the witnesses to cosign the newest checkpoint, as far as they can be reached."""
    here = office(world)
    here.cosign(here.store.checkpoint())


def _lacking(world: World, note: bytes) -> int:
    """Return how many witnesses of a checkpoint are missing from those that our own trust file demands."""
    signed = Note.parse(note)
    believed = world.home.trust().log(Checkpoint.parse(signed.text).origin)
    return max(believed.quorum - len(believed.seen(signed)), 0) if believed else 0


def _unwitnessed(lacking: int) -> Unsafe:
    return Unsafe(
        "publish.quorum",
        en=f"{lacking} more witnesses must cosign before readers who hold our trust.json can believe this"
        " checkpoint: `vledger witness ask` when they can be reached, or publish with --without-quorum",
        zh=f"还缺 {lacking} 个见证人会签，持有本账本 trust.json 的人不会认可这个检查点："
        "能联系上时请 `vledger witness ask`，或加 --without-quorum 照样发布",
    )


def proof(world: World, place: str, *, with_entry: bool) -> bytes:
    """Return the proof of an entry; with `ENTRY:ROW`, or when asked, it carries the entry."""
    index, row = _place(place)
    _have_cosigned(world)
    with office(world).store.reading() as view:
        carried = with_entry or row is not None
        extra = entry_shown(view, index, row) if carried else None
        return bytes(prove_entry(view, index, extra))


def _place(text: str) -> tuple[int, int | None]:
    """Read `INDEX` or `ENTRY:ROW`; rows are counted from 0 from here on."""
    if ":" in text:
        index, row = parse_place(text)
        return index, row - 1
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return int(text), None
    raise Rejected(
        "entry.unknown",
        en=f"{text[:40]!r} is no entry: write its index, such as 7, or a line, such as 12:3",
        zh=f"{text[:40]!r} 不是条目：应写序号，如 7；或记录编号，如 12:3",
    )


def check(world: World, file: Path, trust_file: Path | None, beside: Path | None) -> None:
    """Check a proof against what is trusted, and print what it proves."""
    trusted = world.home.trust(trust_file)
    if read_start(file, len(_ZIP)) == _ZIP:
        _check_pack(world, file, trusted)
        return
    data = world.read(file, most=tlogproof.MAX_SIZE)
    with named(file):
        proof = Proof.parse(data)
        shown = tlogproof.shown(proof.extra) if proof.extra and beside is None else None
    entry = shown.entry.encode() if shown else _entry(world, (file, proof), beside, trusted)
    with named(file):
        under, witnesses = proof.check(entry, trusted)
        row = shown.row() if shown else None
    rows = _rows_beside(world, file, entry)
    said = _said(entry)
    by = said or {"stamp": "?", "kind": "?", "by": "?"}
    world.tell(
        f"entry {proof.index} is in the log {under.origin}: {by['kind']} by {by['by']}, admitted"
        f" {by['stamp']}; under the checkpoint of {under.size} entries, cosigned by {witnesses} witnesses",
        f"第 {proof.index} 条已记入账本 {under.origin}：{by['by']} 的 {by['kind']}，"
        f"入账时间 {by['stamp']}；见 {under.size} 条的检查点，{witnesses} 个见证人会签",
    )
    if row:
        world.tell(f"row {row.n + 1}: {row.item}", f"第 {row.n + 1} 行：{row.item}")
    if rows:
        world.tell(
            f"the {rows} rows beside it are those of the entry", f"旁边的 {rows} 行明细与条目相符"
        )
    world.answer(
        {
            "file": str(file),
            "index": proof.index,
            "origin": under.origin,
            "size": under.size,
            "witnesses": witnesses,
            "entry": said,
            "row": {"row": row.n + 1, "item": decode(row.item.encode())} if row else None,
            "rows": rows,
        }
    )


def _entry(world: World, of: tuple[Path, Proof], beside: Path | None, trusted: Trust) -> bytes:
    """Return the entry that a proof speaks of: named, beside its file, or in the ledger here."""
    file, proof = of
    if beside and beside.is_dir():
        return next(
            publishing.open_folder(beside, trusted).entries(proof.index, proof.index + 1), b""
        )
    if beside:
        return world.read(beside, most=tlogproof.MAX_SIZE)
    unpacked = file.with_suffix(".txt")
    if unpacked.is_file():
        return world.read(unpacked, most=tlogproof.MAX_SIZE)
    stored = office(world).store.entry(proof.index) if world.home.holds_ledger() else None
    if stored is None:
        raise Unsafe(
            "proof.no_entry",
            en="the proof does not hold the entry: name its file, or a published folder, with --entry",
            zh="证明未附条目：请用 --entry 指明条目的文件，或公开发布的文件夹",
        )
    return stored.entry


def _rows_beside(world: World, file: Path, entry: bytes) -> int | None:
    """Return how many rows of an entry lie beside its proof, as in a pack, or raise; none if none do."""
    items = file.with_suffix(".items.jsonl")
    if not items.is_file():
        return None
    lines = world.read(items, most=unpacking.MAX_SIZE)
    with named(items):
        return unpacking.rows_of(entry, lines)


def _check_pack(world: World, file: Path, trusted: Trust) -> None:
    """Check a pack of evidence, all of it, and print what it proves."""
    data = world.read(file, most=unpacking.MAX_SIZE)
    with named(file):
        found = unpacking.check(data, trusted)
    under = found.under
    for name, error in found.troubles:
        world.tell(f"✗ {name}: {error.en}", f"✗ {name}：{error.zh}")
    world.tell(
        f"{file}: {found.entries} entries and {found.rows} rows are in the log {under.origin}, under the"
        f" checkpoint of {under.size} entries, cosigned by {found.witnesses} witnesses;"
        f" {len(found.troubles)} troubles",
        f"{file}：{found.entries} 条文书、{found.rows} 行明细已记入账本 {under.origin}，见 {under.size} 条的检查点，"
        f"{found.witnesses} 个见证人会签；问题 {len(found.troubles)} 处",
    )
    world.answer(
        {"file": str(file), "entries": found.entries, "rows": found.rows, "origin": under.origin,
         "size": under.size, "witnesses": found.witnesses,
         "troubles": [{"place": name, **error_json(world, error)} for name, error in found.troubles]}
    )  # fmt: skip
    if found.troubles:
        raise SystemExit(1)


def _said(entry: bytes) -> dict[str, str] | None:
    """Return what an entry says of itself; of another program's entries nothing."""
    try:
        found = Entry.parse(entry)
    except Malformed:
        return None
    head = found.statement.head
    return {
        "stamp": found.stamp,
        "kind": decode(write(head))["kind"],
        "by": head.by,
        "organisation": head.organisation,
        "ref": found.statement.ref,
    }
