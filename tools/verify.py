"""Check what a volunteer ledger says of itself, believing nothing but the keys in trust.json.

    python tools/verify.py certificate.pdf trust.json    查验一份证明 / a certificate
    python tools/verify.py folder trust.json             查验公布的账本 / a published log (tlog-tiles)
Written from docs/format.md alone, nothing of the ledger's own program is used; needs `cryptography`.
Exit 0: all that is checked here holds; 1: something does not, or rests on a closing; 2: wrong usage.
本程序不查验：签章、页面文字是否如所证、PDF 其余字节、时间戳、是否仍然有效；clock 为 simulated 的是样本，不是证明。
Not checked: the seal, the page's words, the rest of the PDF, time stamps, standing. clock simulated: a specimen.
"""

# fmt: off
import hmac
import json
import re
import sys
import zlib
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace as Said
from typing import Any
from unicodedata import is_normalized

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(:?)')
UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
FILE = re.compile(rb"[0-9]+ 0 obj\n<< /Type /EmbeddedFile [^\n]*/Length ([0-9]+) >>\nstream\n")
PROOF = {"format", "certificate", "checkpoint", "entries", "hashes", "opening", "timestamp"}
PARTS = {*map(frozenset, (("index", "entry", "items", "hashes"), ("n", "item"), ("key", "value")))}
ROLES = {"charter": "operator", "appointment": "operator recovery", "confirmation": "confirmer",
         "award": "issuer", "certificate": "issuer"}  # who says what; all else a recorder
BESIDE = (("training", "training", "date", "course", "host"), ("honour", "honours", "date", "title", "grantor"),
          ("award", "star", "level"))  # kind, where a certificate names it, what may not come twice
Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826  # of points of order eight
LOW_ORDER = (0, 1, 2**255 - 20, Y8, 2**255 - 19 - Y8)
TROUBLE = (InvalidSignature, ValueError, LookupError, TypeError, AttributeError, OSError, RecursionError, zlib.error)

def need(held: object, sentence: str) -> None:
    """Refuse unless something holds; the sentence begins with the number of its step."""
    if not held:
        raise ValueError(sentence)

def sha(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()

def unb64(text: str) -> bytes:
    need(b64encode(b64decode(text)).decode() == text, "1 base64 不规范 / base64 in another form")
    return b64decode(text)

def canonical(text: str, escaped: str = '"\\') -> Any:
    """Read JSON in its only form: sorted, no spaces, no floats, no nulls, nothing unseen."""
    value, bare, strings = json.loads(text), STRING.sub("", text), STRING.findall(text)
    same = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == text
    seen = is_normalized("NFC", text) and not UNSEEN.search(text)
    seen &= set(re.findall(r"\\(.)", "".join(string for string, _ in strings))) <= set(escaped)
    whole = not re.search("[n.]", bare) and all(int(one) < 2**53 for one in re.findall("[0-9]+", bare))
    keys = all(string.isascii() for string, colon in strings if colon)
    need(same and seen and keys and whole, "1 JSON 不规范 / JSON is not canonical")
    return value

def root_of(shown: dict[int, bytes], start: int, end: int, rest: list[bytes]) -> bytes:
    """Return the RFC 6962 root over the leaf hashes shown and the roots of subtrees without any."""
    if not shown:
        return rest.pop(0) if rest else b""
    if end - start == 1:
        return shown[start]
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    left = root_of({n: leaf for n, leaf in shown.items() if n < middle}, start, middle, rest)
    return sha(b"\1", left, root_of({n: leaf for n, leaf in shown.items() if n >= middle}, middle, end, rest))

def check_root(shown: dict[int, bytes], size: int, rest: list[bytes], root: bytes) -> None:
    held = all(0 <= n < size for n in shown) and all(len(one) == 32 for one in rest)
    need(held and root_of(shown, 0, size, rest) == root and not rest, "4 得出另一个树根 / another root")

def note_of(note: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    """Split a C2SP signed note into its text, and name, key ID and signature of each line."""
    text, _, below = note.rpartition("\n\n")
    lines = [re.fullmatch(r"— ([^\s+]+) (\S+)", line) for line in below.split("\n")[:-1]]
    need(text and lines and all(lines) and below[-1] == "\n", "3 不是签名文书 / not a signed note")
    return text + "\n", [(line[1], unb64(line[2])[:4].hex(), unb64(line[2])[4:]) for line in lines if line]

def vkey(text: str) -> tuple[str, str, bytes]:
    """Read a C2SP verifier key: its name, its ID, the algorithm's byte and the public key."""
    name, key_id, data = text.split("+", 2)
    need(sha(name.encode(), b"\n", unb64(data))[:4].hex() == key_id, "5 公钥标识不符 / a wrong key ID")
    return name, key_id, unb64(data)

def signed_by(note: str, keys: list[str]) -> set[str]:
    """Return the names of those keys that signed a note; a line of theirs that fails refuses it."""
    (text, lines), found = note_of(note), set()
    known = {(name, key_id): key for name, key_id, key in map(vkey, keys)}
    for name, key_id, signature in lines:
        key = known.get((name, key_id), b"\0")
        if key[0] in (1, 4):  # Ed25519, over the text or as cosignature/v1; ML-DSA is passed over
            begin = 0 if key[0] == 1 else 8
            message = f"cosignature/v1\ntime {int.from_bytes(signature[:8])}\n{text}" if begin else text
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[begin:], message.encode())
            found.add(name)
    return found

def checkpoint(note: str, trust: dict[str, Any] | None = None) -> tuple[str, int, bytes, int]:
    """Return origin, size and root of a C2SP checkpoint; step 2: and the witnesses, if it is to be trusted."""
    origin, size, root, end = note_of(note)[0].split("\n")
    need(origin and re.fullmatch("0|[1-9][0-9]{0,18}", size) and not end, "2 检查点不规范 / no checkpoint")
    logs = [log for log in (trust or {"logs": []})["logs"] if origin in [vkey(key)[0] for key in log["keys"]]]
    log: dict[str, Any] = logs[0] if logs else {"keys": []}
    keys = [*log["keys"], *(one["key"] for one in log.get("former", []) if int(size) <= one["size"])]
    signed = signed_by(note, [key for key in keys if vkey(key)[0] == origin])
    need(signed or trust is None, f"2 {origin} 没有可信日志密钥的签名 / no trusted log key signed it")
    need(not log.get("second"), "2 所要求的第二签名（ML-DSA）须用别的程序查验 / ML-DSA is not checked here")
    need((count := len(signed_by(note, log.get("witnesses", [])))) >= log.get("quorum", 0), "2 见证人不足 / witnesses")
    return origin, int(size), unb64(root), count

def minute(text: str) -> float:
    need(datetime.fromisoformat(text).isoformat() == text and text[19:] == "+08:00", "3 时刻不规范 / not an instant")
    return datetime.fromisoformat(text).timestamp() / 60

def read(entry: dict[str, Any], origin: str) -> Said:
    """Steps 3 and 4: a statement by one signer, and rows that lead to the root it signed."""
    (stamp, _, note), items = entry["entry"].partition("\n"), {row["n"]: row["item"] for row in entry["items"]}
    text, lines = note_of(note)
    title, place, line, _ = text.split("\n")
    head, by = canonical(line), [f"{name}+{key_id}" for name, key_id, _ in lines]
    ours = (title, place, by) == ("volunteer-ledger/statement@v1", origin, [head["by"]]) and len(note) < 65536
    need(ours and minute(stamp) and minute(head["at"]), "3 不是本账本的文书 / no statement of this log by its signer")
    need(items and sorted(items) == [row["n"] for row in entry["items"]], "3 行号没有递增 / rows do not rise")
    leaves = {n: sha(b"\0", item.encode()) for n, item in items.items()}
    check_root(leaves, head["items"]["count"], [*map(unb64, entry["hashes"])], unb64(head["items"]["root"]))
    return Said(index=entry["index"], stamp=stamp, note=note, head=head, kind=head["kind"], place=head["organisation"],
                ref=b64encode(sha(text.encode())).decode(), rows={n: canonical(item) for n, item in items.items()})

class World:
    """What a proof shows: who may speak for whom (step 5), and which rows were needed so far."""
    def __init__(self, shown: list[Said]) -> None:
        self.shown, self.used, first = shown, {(0, 0), (shown[-1].index, 0)}, shown[0]
        self.parents = {row["code"]: row["parent"] for *_, row in self.rows("organisations")}
        self.keys: dict[str, Said] = {}
        begun = [(first, role, first.head[role], "*") for role in ("operator", "log", "recovery")]
        later = [(one, one.head["role"], one.head["key"], one.place) for one, *_ in self.rows("appointment")]
        for said, role, text, reach in begun + later:
            name, key_id, key = vkey(text)
            weak = key[0] != 1 or int.from_bytes(key[1:], "little") % 2**255 in LOW_ORDER
            twice = f"{name}+{key_id}" in self.keys or key in [one.public for one in self.keys.values()]
            need(not weak and not twice, f"5 {name} 弱或重复登记 / weak, or enrolled twice")
            self.keys[f"{name}+{key_id}"] = Said(since=said.index, role=role, reach=reach, public=key, vkey=text,
                                                 person=said.rows[0]["person"])
        for said in shown:
            self.check(said)
    def rows(self, kind: str) -> list[tuple[Said, int, Any]]:
        """Return the rows shown of a kind of statement, in log order."""
        return [(said, n, row) for said in self.shown if said.kind == kind for n, row in said.rows.items()]
    def above(self, code: str) -> list[str]:
        """Return an organisation and those above it, up to the root; for the ledger, none."""
        return [] if code in ("", "*") else [code, *self.above(self.parents[code])]
    def check(self, said: Said) -> None:
        """Refuse what its signer had no right to say."""
        key, chain = self.keys[said.head["by"]], self.above(said.place)
        signed = signed_by(said.note, [key.vkey]) and (key.since < said.index or said.kind == "charter")
        need(signed and key.reach in (*chain, "*"), "5 早于任命或任命不及 / not appointed then, or for others")
        top, rows = (said.kind, said.place) == ("organisations", "*"), self.rows("organisations")
        role = ROLES.get(said.kind, "recorder") if not top else "operator" if said.index == 2 else ""
        wide = key.role != "recovery" or said.head["role"] in ("operator", "log")
        need(key.role in role.split() and wide, f"5 {key.role} 无权签署 {said.kind} / may not say that")
        own = [row for one, _, row in rows if one is said]
        inside = [said.place in self.above(row["code"]) or (top and not row["parent"]) for row in own]
        need(all(inside), f"5 第 {said.index} 条的组织由无关者登记 / organisations said from outside")
        needed = [(one.index, n) for one, n, row in rows if row["code"] in chain and said.kind != "organisations"]
        said.person, self.used = key.person, self.used | {(key.since, 0), *needed}

def check_lines(world: World, claim: dict[str, Any]) -> None:
    """Steps 6 to 8: the lines are the holder's own, confirmed by another person, and add up."""
    lines, sums, holder = world.rows("attendance"), dict.fromkeys("ABCL", 0), claim["volunteer"]
    shown = [[said.ref, list(said.rows)] for said in world.shown if said.kind == "attendance"]
    need(claim["lines"] == shown != [], "6 其他记录 / other lines are shown than certified")
    for said, n, row in lines:
        own = row["volunteer"] == holder and claim["from"] <= row["start"][:10] <= claim["to"]
        own &= row.get("replaces") not in [[one.ref, at] for one, at, _ in lines]
        need(own and world.shown[-1].place in world.above(said.place), "6 不属于此人、此单位或此期间 / not his own")
        covers = [(by, at) for by, at, item in world.rows("confirmation") if item["attendance"] == said.ref
                  and n not in item["except"] and by.index > said.index]
        need(covers and covers[0][0].place in (*world.above(said.place), "*"), f"7 {said.index}:{n + 1} 未经确认")
        need(len({said.person, covers[0][0].person, holder}) == 3, "7 不是三个人 / not three persons")
        need(type(row["minutes"]) is int and 0 < row["minutes"] <= minute(row["end"]) - minute(row["start"]), "8 时长")
        sums[row["class"]] += row["minutes"]
        plans = [(one, m) for one, m, plan in world.rows("activities") if plan["code"] == said.head["activity"]]
        need([one.place for one, _ in plans] == [said.place], "6 未恰好示出活动 / not the one activity")
        world.used |= {(said.index, n), *((one.index, at) for one, at in (covers[0], plans[0]))}
    spans = sorted((row["start"], row["end"]) for *_, row in lines)
    need(all(one[1] <= two[0] for one, two in pairwise(spans)), "6 时间重叠 / lines overlap")
    need((claim["by_class"], claim["minutes"]) == (sums, sum(sums.values())), "8 合计不符 / sums")

def check_beside(world: World, claim: dict[str, Any]) -> None:
    """Steps 6 to 8: trainings, honours and the star are those named, each said by another person."""
    last, holder, star = world.shown[-1], claim["volunteer"], claim.get("star")
    for kind, field, *fields in BESIDE:
        rows, named = world.rows(kind), [[star[0], star[1:]]] if star and kind == "award" else claim.get(field, [])
        shown = [[said.ref, list(said.rows)] for said in world.shown if said.kind == kind]
        need(named == shown and claim.get(field) != [], f"6 {kind} 与所列不符 / not as named")
        for said, n, row in rows:
            if kind == "award":
                held = row["decision"] == "granted" and said.place != "*" and said.person != holder
            else:
                held = claim["from"] <= row["date"] <= min(claim["to"], said.stamp[:10]) and row.get("minutes", 1) > 0
                held &= last.place in world.above(said.place) and len({said.person, last.person, holder}) == 3
            need(held and row["volunteer"] == holder, f"6 {kind} 不属于此人或不成立 / not his own, or not so")
            world.used.add((said.index, n))
        need(len({tuple(map(row.get, fields)) for *_, row in rows}) == len(rows), f"6 {kind} 重复 / told twice")

def opened(pdf: bytes) -> tuple[dict[str, Any], list[Said]]:
    """Steps 1, 3 and 4: take proof.json out of the PDF, and the entries out of proof.json."""
    flate, places = zlib.decompressobj(), [*FILE.finditer(pdf)]
    data = flate.decompress(pdf[places[-1].end() :][: int(places[-1][1])], 2**24 + 1) if places else b""
    need(flate.eof and not flate.unused_data and len(data) <= 2**24, "1 没有完好的 proof.json / no proof.json")
    proof = canonical(data.decode(), '"\\n')
    parts = [*proof["entries"], *proof["opening"].values(), *(row for one in proof["entries"] for row in one["items"])]
    known = proof.keys() | {"timestamp"} == PROOF and {*map(frozenset, parts)} <= PARTS
    need(known and proof["format"] == "volunteer-ledger/proof@v1", "1 格式或栏目未知 / unknown format or fields")
    shown = [read(entry, checkpoint(proof["checkpoint"])[0]) for entry in proof["entries"]]
    need(all(one.index < two.index and one.stamp <= two.stamp for one, two in pairwise(shown)), "3 倒退 / order")
    return proof, shown

def logged(path: Path, trust: dict[str, Any]) -> dict[str, Any]:
    """Steps 2 and 4: the entries lead to a root that a trusted log and its witnesses vouch for."""
    proof, _ = opened(path.read_bytes())
    origin, size, root, witnesses = checkpoint(proof["checkpoint"], trust)
    leaves = {entry["index"]: sha(b"\0", entry["entry"].encode()) for entry in proof["entries"]}
    check_root(leaves, size, [*map(unb64, proof["hashes"])], root)
    return {"origin": origin, "size": size, "witnesses": witnesses}

def genuine(path: Path, _: dict[str, Any]) -> dict[str, Any]:
    """Steps 5 to 9, and the page of step 10: who said it had the right to, and it is so."""
    proof, shown = opened(pdf := path.read_bytes())
    last, opening = shown[-1], proof["opening"]
    ends = (shown[0].kind, shown[0].index, last.kind, last.index, last.place == "*")
    need(ends == ("charter", 0, "certificate", proof["certificate"], False), "6 首条或末条不符 / first or last")
    need(all("closing" not in row for row in last.rows.values()), "6 本程序不查验结账 / closings are not checked here")
    world = World(shown)
    (claim,), holders = last.rows.values(), world.rows("volunteers")
    check_lines(world, claim)
    check_beside(world, claim)
    need([row["number"] for *_, row in holders] == [claim["volunteer"]] and "name" in opening, "9 登记 / row or name")
    for field, one in opening.items():
        message = f"volunteer-ledger/commitment@v1\n{field}\n{one['value']}".encode()
        digest = b64encode(hmac.digest(unb64(one["key"]), message, "sha256")).decode()
        need(holders[0][2].get(field) == digest, f"9 {field} 与登记不符 / not as registered")
    needed = world.used | {(holders[0][0].index, holders[0][1])}
    need({(one.index, n) for one in shown for n in one.rows} == needed, "6 多于或少于所需 / more, or less, than needed")
    need(sha(pdf[: last.head["page"]["length"]]).hex() == last.head["page"]["sha256"], "10 不是所记页面 / another page")
    return {"number": last.head["number"], "name": opening["name"]["value"], "clock": shown[0].head["clock"]} | {
        name: claim[name] for name in ("volunteer", "from", "to", "minutes", "by_class")}

def tile(kind: object, index: int, width: int) -> str:
    path = re.sub(r"(...)(?=.)", r"x\1/", f"{index:0{-(-len(str(index)) // 3) * 3}}")
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < 256 else "")

def folder(path: Path, trust: dict[str, Any]) -> dict[str, Any]:
    """Hold every tile and entry bundle of a published log (C2SP tlog-tiles) against its checkpoint."""
    origin, size, root, witnesses = checkpoint((path / "checkpoint").read_bytes().decode(), trust)
    names, entries = [tile("entries", n // 256, min(256, size - n)) for n in range(0, size, 256)], list[bytes]()
    for data in [(path / name).read_bytes() for name in names]:
        at = 0
        while at < len(data):  # each entry after its length in two bytes
            at, start = at + 2 + int.from_bytes(data[at : at + 2]), at + 2
            entries.append(data[start:at])
        need(at == len(data), "4 条目残缺 / an entry is cut")
    levels = [[sha(b"\0", entry) for entry in entries]]
    check_root(dict(enumerate(levels[0])), size, [], root)
    while len(row := levels[-1]) >= 256:
        levels.append([root_of(dict(enumerate(row[n : n + 256])), 0, 256, []) for n in range(0, len(row) - 255, 256)])
    for level, row in enumerate(levels):
        for start in range(0, len(row), 256):
            part, name = row[start : start + 256], tile(level, start // 256, min(256, len(row) - start))
            need((path / name).read_bytes() == b"".join(part), f"4 {name} 与检查点不符 / not under the checkpoint")
    return {"origin": origin, "size": size, "witnesses": witnesses}

def check(path: Path, trusted: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what holds (`genuine` and `logged` are two questions), and why the rest does not."""
    found, why = dict[str, Any](), list[str]()
    for name, step in (("folder", folder),) if path.is_dir() else (("genuine", genuine), ("logged", logged)):
        try:
            found[name] = step(path, json.loads(trusted.read_bytes()))
        except TROUBLE as trouble:
            why.append(" ".join(map(str, trouble.args)) or repr(trouble))
    return found, list(dict.fromkeys(why))

def main(words: list[str]) -> int:
    if len(words) != 2 or not all(Path(word).exists() for word in words):
        print(__doc__)
        return 2
    found, why = check(*map(Path, words))
    print(json.dumps(found, ensure_ascii=False, indent=1), *(f"✗ {one}" for one in why), sep="\n")
    print(*str(__doc__).splitlines()[-2:], sep="\n")
    return 1 if why else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
