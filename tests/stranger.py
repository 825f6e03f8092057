"""A second verifier of our certificates, written from the design alone by somebody else.

It shares no line with the product: what both accept, the bytes say, and not a common mistake. The
eleven steps are those of "Verify" in the design; a reason begins with the number of its step.
"""

import base64
import hashlib
import hmac
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import Any

import pypdf
import pypdf.errors
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.stranger_paper import Expected, Refused, check_ink, check_paper, need

TITLE = "volunteer-ledger/statement@v1"
FORMAT = "volunteer-ledger/proof@v1"
COMMITMENT = b"volunteer-ledger/commitment@v1\n"
MOST_PROOF = 16 * 2**20
CODE = r"[A-Za-z0-9._-]{1,32}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
SPEAKS = {
    "appointment": "operator",
    "organisations": "recorder",
    "volunteers": "recorder",
    "activities": "recorder",
    "attendance": "recorder",
    "confirmation": "confirmer",
    "training": "recorder",
    "honour": "recorder",
    "award": "issuer",
    "closing": "operator",
    "certificate": "issuer",
}
P = 2**255 - 19
# y of the points of small order: 0, 1, -1 and the two of order eight.
EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL = {0, 1, P - 1, EIGHT, P - EIGHT}


TROUBLE = (
    Refused, InvalidSignature, pypdf.errors.PyPdfError, zlib.error, ValueError, KeyError,
    TypeError, IndexError, AttributeError, RecursionError, AssertionError, UnicodeError,
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A public key that may speak, with the office it was appointed to."""

    name: str
    key_id: bytes
    public: bytes
    role: str
    reach: str
    since: int
    person: str | None

    @property
    def by(self) -> str:
        return f"{self.name}+{self.key_id.hex()}"


@dataclass(frozen=True)
class Said:
    """One shown entry."""

    index: int
    stamp: str
    text: str
    signature: str
    head: dict[str, Any]
    items: dict[int, dict[str, Any]]

    @property
    def kind(self) -> str:
        return str(self.head["kind"])

    @property
    def organisation(self) -> str:
        return str(self.head["organisation"])

    @property
    def ref(self) -> str:
        return b64(sha(self.text.encode()))


def verify(pdf: bytes, trust: dict[str, Any]) -> dict[str, Any]:
    """Say of one file what is genuine, what is logged, and why not."""
    answer: dict[str, Any] = {"genuine": False, "logged": False, "witnesses": 0}
    answer |= {"certificate": {}, "reasons": []}

    def held(step: Callable[[], None]) -> bool:
        try:
            step()
        except TROUBLE as trouble:
            answer["reasons"].append(str(trouble) or type(trouble).__name__)
            return False
        return True

    proof: dict[str, Any] = {}
    if not held(lambda: proof.update(proof_of(pdf))):
        return answer

    def logged() -> None:
        answer["witnesses"] = in_the_log(proof, trust)

    def genuine() -> None:
        answer["certificate"] = said_truly(pdf, proof, trust)

    answer["logged"] = held(logged)
    answer["genuine"] = held(genuine)
    return answer


# --------------------------------------------------------------------------- bytes and JSON


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unb64(text: str, length: int | None = None) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(b64(data) == text, "1: base64 in another form")
    need(length in (None, len(data)), "1: a hash of another length")
    return data


def canonical(text: str, *, lines: bool = False) -> Any:
    """Read one canonical JSON value; `lines` lets newlines into strings (notes in a proof)."""
    value = json.loads(text)
    for leaf in leaves(value):
        check_leaf(leaf, lines=lines)
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    need(written == text, "1: JSON in another form")
    return value


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        need(all(key.isascii() for key in value), "1: a key that is not ASCII")
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def check_leaf(leaf: Any, *, lines: bool) -> None:
    if isinstance(leaf, str):
        need(unicodedata.is_normalized("NFC", leaf), "1: a string is not NFC")
        text = leaf.replace("\n", "") if lines else leaf
        need(not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text), "1: control")
        need(not re.search("[\u2028-\u202e\u2066-\u2069\ufeff]", text), "1: a forbidden sign")
    else:
        need(isinstance(leaf, int) and abs(leaf) < 2**53, "1: a null, a float or a great number")


def root_of(shown: dict[int, bytes], size: int, rest: list[bytes]) -> bytes:
    """Return the RFC 6962 root over leaves shown and the roots of all that is not."""
    need(shown and max(shown) < size and min(shown) >= 0, "4: a leaf outside the tree")
    left = list(rest)
    root = subtree(sorted(shown.items()), 0, size, left)
    need(not left, "4: a hash is left over")
    return root


def subtree(shown: list[tuple[int, bytes]], low: int, high: int, rest: list[bytes]) -> bytes:
    if not shown:
        need(rest, "4: a hash is missing")
        return rest.pop(0)
    if high - low == 1:
        return sha(b"\0" + shown[0][1])
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    one = subtree([leaf for leaf in shown if leaf[0] < middle], low, middle, rest)
    two = subtree([leaf for leaf in shown if leaf[0] >= middle], middle, high, rest)
    return sha(b"\1" + one + two)


# ------------------------------------------------------------------------- notes and keys


def note_of(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Split a signed note into its text and (name, key ID and signature) of each line."""
    text, gap, below = note.rpartition("\n\n")
    need(gap and text and below.endswith("\n"), "3: not a signed note")
    lines = [re.fullmatch(r"— (\S+) (\S+)", line) for line in below[:-1].split("\n")]
    need(all(lines), "3: a signature line that is none")
    return text + "\n", [(line[1], unb64(line[2])) for line in lines if line]


def vkey(text: str, algorithm: int) -> tuple[str, bytes, bytes]:
    """Read a vkey of the one algorithm that may stand here: (name, key ID, public key)."""
    name, key_id, data = text.split("+", 2)
    key = unb64(data, 33)
    need(key[0] == algorithm, "5: a key of another algorithm")
    need(sha(name.encode() + b"\n" + key)[:4].hex() == key_id, "5: a key ID of another key")
    y = int.from_bytes(key[1:], "little") % 2**255
    need(y < P and y not in SMALL, "5: a weak key")
    return name, bytes.fromhex(key_id), key[1:]


def enrolled(text: str, role: str, reach: str, since: int, person: str | None) -> Key:
    name, key_id, public = vkey(text, 1)
    need(re.fullmatch(f"{CODE}/{CODE}", name), "5: a key name in another form")
    return Key(name, key_id, public, role, reach, since, person)


def signed(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


# ------------------------------------------------------------------------------ step 1


def proof_of(pdf: bytes) -> dict[str, Any]:
    """Step 1: take the proof out of the file; it is canonical and of a known format."""
    catalog: Any = pypdf.PdfReader(BytesIO(pdf)).root_object
    names = catalog["/Names"]["/EmbeddedFiles"]["/Names"]
    need(len(names) == 2 and names[0] == "proof.json", "1: not the one attachment")
    stream = names[1].get_object()["/EF"]["/F"].get_object()
    need(stream["/Filter"] in ("/FlateDecode", ["/FlateDecode"]), "1: not compressed by Flate")
    flate = zlib.decompressobj()
    data = flate.decompress(stream._data, MOST_PROOF + 1)
    need(flate.eof and len(data) <= MOST_PROOF, "1: longer than 16 MiB, or cut off")
    proof = canonical(data.decode(), lines=True)
    need(proof["format"] == FORMAT, "1: unknown format")
    known = {"format", "certificate", "checkpoint", "entries", "hashes", "opening"}
    need(known <= proof.keys() <= known | {"timestamp"}, "1: fields missing or unknown")
    return dict(proof)


# -------------------------------------------------------------------------- steps 2 and 4


def in_the_log(proof: dict[str, Any], trust: dict[str, Any]) -> int:
    """Steps 2 and 4: the log and its witnesses vouch for a root, and the entries lead to it."""
    text, signatures = note_of(proof["checkpoint"])
    origin, size, root = re.fullmatch("(.+)\n(0|[1-9][0-9]*)\n(.+)\n", text).groups()  # type: ignore[union-attr]
    logs = [log for log in trust["logs"] if by_log(log, origin, text, signatures)]
    need(logs, "2: no trusted log key signed the checkpoint")
    counts = [(len(cosigners(log, text, signatures)), log["quorum"]) for log in logs]
    enough = [count for count, quorum in counts if count >= quorum]
    need(enough, "2: fewer witnesses than the quorum")
    for entry in proof["entries"]:
        check_items(entry)
    shown = {entry["index"]: entry["entry"].encode() for entry in proof["entries"]}
    rest = [unb64(text, 32) for text in proof["hashes"]]
    need(root_of(shown, int(size), rest) == unb64(root, 32), "4: entries lead to another root")
    return max(enough)


def by_log(
    log: dict[str, Any], origin: str, text: str, signatures: list[tuple[str, bytes]]
) -> bool:
    keys = [vkey(key, 1) for key in log["keys"]]
    return any(
        name == origin == signer and data[:4] == key_id and signed(public, data[4:], text.encode())
        for name, key_id, public in keys
        for signer, data in signatures
    )


def cosigners(log: dict[str, Any], text: str, signatures: list[tuple[str, bytes]]) -> set[bytes]:
    """Return the keys of other trusted parties that cosigned (cosignature/v1), each once."""
    own = {vkey(key, 1)[2] for key in log["keys"]}
    found = set()
    for name, key_id, public in (vkey(key, 4) for key in log["witnesses"]):
        for signer, data in signatures:
            if signer == name and data[:4] == key_id and len(data) == 76:
                time = int.from_bytes(data[4:12])
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                if signed(public, data[12:], message):
                    found.add(public)
    return found - own


# ------------------------------------------------------------------------------ step 3


def said_truly(pdf: bytes, proof: dict[str, Any], trust: dict[str, Any]) -> dict[str, Any]:
    """Steps 3 and 5 to 11, and the items of step 4: who said what, and may they."""
    origin = proof["checkpoint"].split("\n", 1)[0]
    shown = [read_entry(entry, origin) for entry in proof["entries"]]
    for one, two in pairwise(shown):
        need(one.index < two.index, "3: entries do not rise")
        need(one.stamp <= two.stamp, "3: stamps fall")
    for entry in proof["entries"]:
        check_items(entry)
    world = World(shown)
    world.check_signers(trust)
    world.check_organisations()
    certificate = shown[-1]
    need(certificate.kind == "certificate" == world.one("certificate").kind, "6: not the last")
    need(certificate.index == proof["certificate"], "6: another index")
    claim = only(certificate)
    since, carried = carried_of(world, certificate, claim)
    lines = certified(world, certificate, claim)
    check_confirmed(world, certificate, claim["volunteer"], lines, since)
    check_minutes(claim, [line for _, _, line in lines], carried)
    check_registers(world, claim, lines)
    beside = {
        "star": star_of(world, claim),
        "training": told_beside(world, certificate, claim, "training"),
        "honours": told_beside(world, certificate, claim, "honours"),
    }
    opened = check_opening(world, claim, proof["opening"])
    head = certificate.head
    length, digest = head["page"]["length"], head["page"]["sha256"]
    expected = Expected(length, digest, head["signer"], check_instant(certificate.stamp))
    check_paper(pdf, expected, trust["issuers"])
    check_ink(pdf[:length], head["number"], opened["name"], claim["minutes"])
    return {
        "number": head["number"],
        "name": opened["name"],
        "volunteer": claim["volunteer"],
        "minutes": claim["minutes"],
        "by_class": claim["by_class"],
        "specimen": shown[0].head["clock"] != "real",
        **beside,
    }


def read_entry(entry: dict[str, Any], origin: str) -> Said:
    body = entry["entry"]
    need(len(body.encode()) <= 65_535, "3: an entry is too long")
    need({"index", "entry"} <= entry.keys() <= {"index", "entry", "items", "hashes"}, "3: fields")
    need(("items" in entry) == ("hashes" in entry), "3: items without hashes")
    stamp, _, note = body.partition("\n")
    check_instant(stamp)
    text, signatures = note_of(note)
    title, place, line = text[:-1].split("\n")
    need(title == TITLE, "3: not a statement we know")
    need(place == origin, "3: a statement of another origin")
    need(len(signatures) == 1 and len(line.encode()) <= 16_384, "3: not one signer")
    head = canonical(line)
    check_instant(head["at"])
    need(re.fullmatch("[0-9a-f]{32}", head["id"]), "3: an id in another form")
    (name, data) = signatures[0]
    need(head["by"] == f"{name}+{data[:4].hex()}" and len(data) == 68, "3: by is not the signer")
    need(
        "items" in head or head["kind"] not in {"charter", *SPEAKS}, "3: a statement without a row"
    )
    shown = entry.get("items", [])
    numbers = [row["n"] for row in shown]
    need(numbers == sorted(set(numbers)), "3: items do not rise")
    need(shown or "items" not in entry, "3: an empty list of items")
    return Said(
        entry["index"], stamp, text, b64(data[4:]), head,
        {row["n"]: canonical(row["item"]) for row in shown},
    )  # fmt: skip


def check_instant(text: str) -> datetime:
    need(INSTANT.fullmatch(text), "3: not an instant")
    return datetime.fromisoformat(text)


def check_items(entry: dict[str, Any]) -> None:
    """Step 4, first half: what is shown of a statement leads to the root it signed."""
    if "items" not in entry:
        return
    root = json.loads(entry["entry"].split("\n")[3])["items"]
    need(0 < root["count"] <= 10_000, "4: too many items")
    raw = {row["n"]: row["item"].encode() for row in entry["items"]}
    need(max(len(item) for item in raw.values()) <= 65_536, "4: an item is too long")
    rest = [unb64(text, 32) for text in entry["hashes"]]
    need(root_of(raw, root["count"], rest) == unb64(root["root"], 32), "4: items lead elsewhere")
    salts = {unb64(json.loads(item)["salt"], 16) for item in raw.values()}
    need(len(salts) == len(raw), "4: a salt used twice")


def only(said: Said) -> dict[str, Any]:
    need(list(said.items) == [0] and said.head["items"]["count"] == 1, f"4: {said.kind}: one item")
    return said.items[0]


# ------------------------------------------------------------------------------ step 5


class World:
    """What the shown entries say about who is who."""

    def __init__(self, shown: Sequence[Said]) -> None:
        self.shown = shown
        self.charter = shown[0]
        need(self.charter.index == 0 and self.charter.kind == "charter", "5: no charter")
        known = {"charter", *SPEAKS}
        need(all(said.kind in known for said in shown), "6: an entry nobody needs")
        rows = [(row["code"], row, said) for said, row in self.rows("organisations")]
        self.parents = {code: row["parent"] for code, row, _ in rows}
        self.organisations = rows
        need(len(self.parents) == len(rows), "5: an organisation shown twice")
        self.keys = {key.by: key for key in self.enrolments()}

    def of(self, kind: str) -> list[Said]:
        return [said for said in self.shown if said.kind == kind]

    def one(self, kind: str) -> Said:
        found = self.of(kind)
        need(len(found) == 1, f"6: not one {kind}")
        return found[0]

    def rows(self, kind: str) -> list[tuple[Said, dict[str, Any]]]:
        need(all(said.items for said in self.of(kind)), f"6: {kind} without a row")
        return [(said, row) for said in self.of(kind) for row in said.items.values()]

    def enrolments(self) -> list[Key]:
        head = self.charter.head
        person = only(self.charter)["person"] if self.charter.items else None
        keys = [enrolled(key, "operator", "*", -1, person) for key in several(head["operator"])]
        keys += [enrolled(key, "recovery", "*", 0, None) for key in several(head["recovery"])]
        for said in self.of("appointment"):
            person = only(said)["person"] if said.items else None
            role, reach = said.head["role"], said.organisation
            keys.append(enrolled(said.head["key"], role, reach, said.index, person))
        need(len({key.public for key in keys}) == len(keys), "5: a key enrolled twice")
        need(len({key.by for key in keys}) == len(keys), "5: a key enrolled twice")
        return keys

    def signer(self, said: Said) -> Key:
        need(said.head["by"] in self.keys, f"5: nobody appointed {said.head['by']}")
        return self.keys[said.head["by"]]

    def chain(self, code: str) -> list[str]:
        """Return an organisation and all above it, the ledger itself last."""
        found: list[str] = []
        while code not in ("", "*"):
            need(code in self.parents, f"5: organisation {code} is not shown")
            need(code not in found, "5: organisations in a circle")
            found.append(code)
            code = self.parents[code]
        return [*found, "*"]

    def check_signers(self, trust: dict[str, Any]) -> None:
        """Hold every signature against the key appointed for it, before and far enough."""
        logs = {vkey(key, 1)[2] for log in trust["logs"] for key in log["keys"]}
        logs |= {vkey(key, 4)[2] for log in trust["logs"] for key in log["witnesses"]}
        logs.add(vkey(self.charter.head["log"], 1)[2])
        need(not logs & {key.public for key in self.keys.values()}, "5: the log's own key")
        for said in self.shown:
            key = self.signer(said)
            need(
                signed(key.public, base64.b64decode(said.signature), said.text.encode()),
                "5: a signature does not hold",
            )
            need(key.since < said.index, "5: said before the appointment")
            need(key.role in self.roles(said), f"5: a {key.role} may not say {said.kind}")
            need(key.reach in self.chain(said.organisation), "5: appointed for another")
        speakers = {said.head["by"] for said in self.shown}
        for said in self.of("appointment"):
            name, key_id, _ = vkey(said.head["key"], 1)
            need(f"{name}+{key_id.hex()}" in speakers, "6: an appointment nobody needs")

    def roles(self, said: Said) -> set[str]:
        if said.kind == "charter":
            return {"operator"}
        if said.kind == "appointment" and said.head["role"] in ("operator", "log"):
            return {"operator", "recovery"}
        if said.kind == "organisations" and said.organisation == "*" and said.index == 2:
            return {"operator"}
        return {SPEAKS[said.kind]}

    def check_organisations(self) -> None:
        """Each row is said from its place or above; shown are those named, up to one root."""
        for code, row, said in self.organisations:
            need(said.organisation in self.chain(code), "5: a row said from outside")
            need(row["parent"] or said.organisation in ("*", code), "5: a root said from outside")
            if said.organisation == "*" and self.signer(said).role == "operator":
                need(row["parent"] == "", "5: an operator says no row but the root's")
        roots = [code for code, parent in self.parents.items() if parent == ""]
        need(len(roots) == 1, "5: not one root")
        named = {said.organisation for said in self.shown if said.kind != "organisations"}
        needed = {code for name in named for code in self.chain(name)}
        need(set(self.parents) <= needed | set(roots), "6: an organisation nobody needs")


def several(keys: Any) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


# -------------------------------------------------------------------------- steps 6 to 9

Line = tuple[Said, int, dict[str, Any]]


def certified(world: World, certificate: Said, claim: dict[str, Any]) -> list[Line]:
    """Step 6: the lines named are the lines shown, and they are this volunteer's own."""
    shown = [[said.ref, list(said.items)] for said in world.of("attendance")]
    need(claim["lines"] == shown, "6: the lines named are not the lines shown")
    lines = [(said, n, row) for said in world.of("attendance") for n, row in said.items.items()]
    need(lines or "closing" in claim, "6: no line at all")
    places = [[said.ref, n] for said, n, _ in lines]
    need(DAY.fullmatch(claim["from"]) and DAY.fullmatch(claim["to"]), "6: not a day")
    for said, _, row in lines:
        need(certificate.organisation in world.chain(said.organisation), "6: of another body")
        need(row["volunteer"] == claim["volunteer"], "6: a line of another volunteer")
        need(claim["from"] <= row["start"][:10] <= claim["to"], "6: a line outside the period")
        need(row.get("replaces") not in places, "6: a line and the one that replaces it")
    spans = sorted((check_instant(row["start"]), check_instant(row["end"])) for *_, row in lines)
    need(all(one[1] <= two[0] for one, two in pairwise(spans)), "6: overlap")
    return lines


def check_confirmed(
    world: World, certificate: Said, volunteer: str, lines: list[Line], since: int
) -> None:
    """Step 7: another person confirmed each line, in time; no confirmation is shown for show."""
    used = set()
    for said, n, _ in lines:
        covers = [
            (by, place, item)
            for by in world.of("confirmation")
            for place, item in by.items.items()
            if item["attendance"] == said.ref and n not in item["except"]
            and said.index < by.index < certificate.index
        ]  # fmt: skip
        need(covers, "7: a line nobody confirmed")
        by, place, _ = covers[0]
        used.add((by.index, place))
        need(by.index >= since, "7: a line that the closing holds")
        need(by.organisation in world.chain(said.organisation), "7: confirmed from outside")
        people = {world.signer(said).person, world.signer(by).person, volunteer}
        need(len(people - {None}) == 3, "7: recorder, confirmer and holder are not three persons")
    shown = {(by.index, n) for by in world.of("confirmation") for n in by.items}
    need(shown == used and all(by.items for by in world.of("confirmation")), "7: an extra one")


def check_minutes(
    claim: dict[str, Any], lines: list[dict[str, Any]], carried: dict[str, int]
) -> None:
    """Step 8: minutes and classes add up."""
    sums = dict.fromkeys("ABCL", 0) | carried
    for line in lines:
        start, end = check_instant(line["start"]), check_instant(line["end"])
        need(start.second == end.second == 0, "8: seconds in a line")
        need(0 < line["minutes"] <= (end - start).total_seconds() // 60, "8: minutes too many")
        sums[line["class"]] += line["minutes"]
    need(claim["by_class"] == sums, "8: the classes do not add up")
    need(0 < claim["minutes"] == sum(sums.values()), "8: the minutes do not add up")


def check_registers(world: World, claim: dict[str, Any], lines: list[Line]) -> None:
    """Steps 6 and 9: the holder's row and the rows of the activities, each once, no others."""
    numbers = [row["number"] for _, row in world.rows("volunteers")]
    need(numbers == [claim["volunteer"]], "9: not the volunteer's row")
    activities = sorted(row["code"] for _, row in world.rows("activities"))
    named = sorted({said.head["activity"] for said, _, _ in lines})
    need(activities == named, "6: the activities shown are not those of the lines")


def check_opening(
    world: World, claim: dict[str, Any], opening: dict[str, dict[str, str]]
) -> dict[str, str]:
    """Step 9: what is opened is what the row commits to."""
    row = dict(world.rows("volunteers")[0][1])
    need("name" in opening and row["number"] == claim["volunteer"], "9: the name is not opened")
    for field, said in opening.items():
        message = COMMITMENT + f"{field}\n{said['value']}".encode()
        digest = hmac.digest(unb64(said["key"], 32), message, "sha256")
        need(row.get(field) == b64(digest), f"9: {field} is not what the row commits to")
    return {field: said["value"] for field, said in opening.items()}


# ------------------------------------------------------------ beside the lines (record 0016)


SAYS = {"training": ("course", "host"), "honours": ("title", "grantor")}


def told_beside(
    world: World, certificate: Said, claim: dict[str, Any], field: str
) -> list[dict[str, Any]]:
    """The trainings or honours named are those shown, and three persons stand behind each."""
    said = world.of(field.removesuffix("s"))
    shown = [[one.ref, list(one.items)] for one in said]
    need(claim.get(field, []) == shown, f"6: the {field} named are not those shown")
    need(shown or field not in claim, f"3: {field} named, and none")
    rows = [(one, row) for one in said for row in one.items.values()]
    for one, row in rows:
        need(row["volunteer"] == claim["volunteer"], f"6: {field} of another volunteer")
        need(DAY.fullmatch(row["date"]), "3: not a day")
        need(claim["from"] <= row["date"] <= claim["to"], f"6: {field} outside the period")
        need(row["date"] <= one.stamp[:10], f"6: {field} said before their day")
        need(certificate.organisation in world.chain(one.organisation), f"6: {field} of others")
        people = {world.signer(each).person for each in (one, certificate)} | {row["volunteer"]}
        need(len(people) == 3 and None not in people, f"7: {field} not by three persons")
        if field == "training":
            need(type(row["minutes"]) is int and row["minutes"] > 0, "8: training of no minutes")
    named = [(row["date"], *(row[name] for name in SAYS[field])) for _, row in rows]
    need(len(set(named)) == len(named), f"6: {field} told twice")
    return [{key: value for key, value in row.items() if key != "salt"} for _, row in rows]


def carried_of(
    world: World, certificate: Said, claim: dict[str, Any]
) -> tuple[int, dict[str, int]]:
    """The row of a closing that is named is the one shown, the holder's own (record 0028).

    Return how many entries the closing counts, and the minutes by class.
    """
    shown = [(said, n, row) for said in world.of("closing") for n, row in said.items.items()]
    named = [claim["closing"]] if "closing" in claim else []
    need([[said.ref, n] for said, n, _ in shown] == named, "6: the closing named is not that shown")
    need(all(said.items for said in world.of("closing")), "6: a closing without a row")
    for said, _, row in shown:
        head = said.head
        count, first = head["items"]["count"], head.get("first", 0)
        need(row["volunteer"] == claim["volunteer"], "6: the row of another")
        need(said.organisation == certificate.organisation != "*", "6: of another body")
        need(head["size"] <= said.index and head["as_of"] <= said.stamp, "6: of what came later")
        check_instant(head["as_of"])
        need(first + count <= head["total"], "6: out of place")
        need((first == 0) == ("previous" not in head), "6: out of place")
        return head["size"], row["by_class"]
    return 0, {}


def star_of(world: World, claim: dict[str, Any]) -> int | None:
    """The star named is the one award shown, which granted it to the holder."""
    shown = [(said, n, row) for said in world.of("award") for n, row in said.items.items()]
    named = [claim["star"]] if "star" in claim else []
    need([[said.ref, n] for said, n, _ in shown] == named, "6: the star named is not that shown")
    for said, _, row in shown:
        need(row["volunteer"] == claim["volunteer"], "6: the star of another")
        need(row["decision"] == "granted", "6: a star not granted")
        need(said.organisation != "*", "6: nobody grants for the ledger")
        need(world.signer(said).person not in (claim["volunteer"], None), "7: his own star")
    return shown[0][2]["level"] if shown else None
