"""Our witnesses, as commands ask them: before the first entry, and for what leaves the house."""

from ledger.checkpoint import Checkpoint, read
from ledger.commands.world import World
from ledger.desk import cosigning
from ledger.desk.cosigning import Effort
from ledger.encoding import base64
from ledger.errors import LedgerError, Unsafe
from ledger.kinds import Recovery
from ledger.note import Note, Verifier
from ledger.records import Key, Spoken
from ledger.statements import Entry
from ledger.store.database import Store
from ledger.trust import TrustedLog
from ledger.witness.asking import Answer, Patience, Peer, last_seen

_HOLD = Effort(seconds=3.0, tries=1, again=True)
_ASK = 10.0  # seconds that a certificate waits
_EVIDENCE = 2.0  # seconds to show what contradicts us


def believed(world: World, store: Store) -> TrustedLog | None:
    """Return what our own trust file says of this log."""
    return world.home.trust().log(store.origin())


def asked(world: World, store: Store) -> tuple[Peer, ...]:
    """Return the witnesses that can be asked over the network."""
    urls, log = world.home.witness_urls(), None
    if urls:
        log = believed(world, store)
    return cosigning.peers(log, urls) if log else ()


def hold(world: World, store: Store) -> None:
    """Hold our newest checkpoint against what the witnesses saw last, before anything is signed.

    Raises `Unsafe` where one has seen more than we have, or something else. Who is out of reach stops
    nobody: the guard has been asked already, and most halls have no network.
    """
    peers, note = asked(world, store), store.checkpoint()
    if not peers or not note:
        return
    answers = cosigning.gather(store, note, peers, _HOLD)
    for answer in answers:
        if answer.code in ("ahead", "apart"):
            _contradicted(world, store, answer)
        elif answer.code == "refused":
            tell(world, answer)
    if silent := [one.peer.name for one in answers if one.code == "unreachable"]:
        names = ", ".join(silent)
        world.warn(
            f"no word from the witnesses {names}: going on by this computer's guard alone",
            f"见证人 {names} 没有应答：仅凭本机守护文件继续",
        )


def cosign(world: World, store: Store, note: bytes) -> bytes:
    """Return a note of ours with what the witnesses say of it, and tell what they do not."""
    peers, log = asked(world, store), believed(world, store)
    if peers and log:
        effort = Effort(_ASK, enough=log.quorum or len(peers))
        for answer in cosigning.gather(store, note, peers, effort):
            tell(world, answer)
    return cosigning.cosigned(store, note)


def check_quorum(world: World, store: Store) -> None:
    """Raise `Unsafe` before anything is issued that nobody would believe: the quorum is out of reach."""
    log, note = believed(world, store), store.checkpoint()
    if not log or not log.quorum or not note:
        return
    count = len(log.seen(Note.parse(cosign(world, store, note))))
    if count < log.quorum:
        raise Unsafe(
            "witness.quorum",
            en=f"trust.json demands {log.quorum} witnesses, and {count} have cosigned: nothing was issued,"
            " since nobody who has that file would believe it. Ask again when they can be reached"
            " (`vledger witness ask`), or carry the question to them (`vledger witness ask --to FILE`)",
            zh=f"trust.json 要求 {log.quorum} 个见证人，现只有 {count} 个会签：持有该文件的人都不会认可，"
            "因此未出具。请待能联系上见证人时再试（`vledger witness ask`），"
            "或把请求带去会签（`vledger witness ask --to 文件`）",
        )


def tell(world: World, answer: Answer) -> None:
    """Say what a witness did not do, and why."""
    if answer.code != "cosigned":
        name = answer.peer.name
        world.warn(f"witness {name}: {answer.en}", f"见证人 {name}：{answer.zh}")


def _contradicted(world: World, store: Store, answer: Answer) -> None:
    """Refuse, and keep what the witness shows: signed by our key, it is the proof.

    What a recovery has named as lost contradicts nobody: its witness knows another history for good.
    """
    name, found = (
        answer.peer.name,
        last_seen(answer.peer, store.origin(), Patience.of(_EVIDENCE, 1)),
    )
    head = _ours(store, found)
    if head and (head.size, base64(head.root)) in _lost(store):
        world.warn(
            f"the witness {name} holds the tail that was lost, and will cosign this log no more:"
            f" `vledger witness remove {name}`, and let it begin anew under another name and key",
            f"见证人 {name} 所持的是已声明丢失的尾部，不会再为本账本会签："
            f"请 `vledger witness remove {name}`，由对方以新的名称和密钥另立见证人",
        )
        return
    shown = ("", "")
    if head:
        file = world.home.path / "evidence" / f"{name.replace('/', '+')}-{head.size}.note"
        world.write(file, found)
        shown = (f" What it cosigned is in {file}.", f"它所会签的检查点已存入 {file}。")
    raise Unsafe(
        "witness.ahead" if answer.code == "ahead" else "witness.fork",
        en=f"the witness {name} contradicts this copy of the ledger: {answer.en}. It looks like a restored"
        f" backup or a second instance; nothing was signed.{shown[0]} Go on with the newest copy; if the"
        " entries are lost for good, `vledger recover` is the way on",
        zh=f"见证人 {name} 所见与这份账本不符：{answer.zh}。这可能是恢复的旧备份或第二个实例，未作任何签署。"
        f"{shown[1]}请使用最新的副本；如条目确已丢失，请用 `vledger recover`",
    )


def _ours(store: Store, note: bytes) -> Checkpoint | None:
    """Return the checkpoint in a note that a key of our log signed, now or once."""
    with store.reading() as view:
        keys = [Verifier.parse(key.vkey) for key in view.where(Key, role="log")]
    try:
        return read(note, keys)[0]
    except LedgerError:
        return None  # it shows nothing, or nothing that we signed


def _lost(store: Store) -> set[tuple[int, str]]:
    """Return the checkpoints that recoveries name as lost."""
    found = set[tuple[int, str]]()
    with store.reading() as view:
        for spoken in view.among(Spoken, ("kind",), [("recovery",)]):
            stored = view.entry(spoken.entry)
            head = Entry.parse(stored.entry).statement.head if stored else None
            found |= (
                {(one.size, one.root) for one in head.lost} if isinstance(head, Recovery) else set()
            )
    return found
