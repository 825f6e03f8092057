"""Check what a volunteer ledger says of itself, believing nothing but the keys in trust.json.

    python tools/verify.py certificate.pdf trust.json    查验一份证明 / a certificate
    python tools/verify.py folder trust.json             查验公布的账本 / a published log (tlog-tiles)
Written from docs/format.md alone; needs `cryptography`. Exit 0: what is checked here holds; 1: it does not; 2: usage.
本程序不查验：签章、页面文字、PDF 其余字节、时间戳、是否仍然有效、结转之数、ML-DSA 签名；clock 为 simulated 的是样本。
Not checked: seal, page's words, rest of the PDF, time stamps, standing, sums carried over, ML-DSA. simulated: specimen.
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
ENTRY = {"index": int, "entry": str, "items": [{"n": int, "item": str}], "hashes": [str]}
PROOF = {"format": "volunteer-ledger/proof@v1", "certificate": int, "checkpoint": str, "entries": [ENTRY],
         "hashes": [str], "opening": [{"key": str, "value": str}], "timestamp": str}
ROLES = {"charter": "operator", "appointment": "operator recovery", "confirmation": "confirmer", "closing": "operator",
         "award": "issuer", "certificate": "issuer"}  # who says what; all else a recorder
NAMED = (("attendance", "lines", "start"), ("closing", "closing"), ("award", "star"),  # kind, where a certificate
         ("training", "training", "date", "course", "host"), ("honour", "honours", "date", "title", "grantor"))
Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826  # of points of order eight
WEAK = {0, 1, 2**255 - 20, Y8, 2**255 - 19 - Y8, *range(2**255 - 19, 2**255)}
MIDNIGHT = "T00:00:00+08:00"
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
    value, bare = json.loads(text), STRING.sub("", text)
    same = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == text
    seen = is_normalized("NFC", text) and not UNSEEN.search(text) and {*re.findall(r"\\(.)", text)} <= {*escaped}
    whole = not re.search("[nN.]", bare) and all(int(one) < 2**53 for one in re.findall("[0-9]+", bare))
    keys = all(string.isascii() for string, colon in STRING.findall(text) if colon)
    need(same and seen and keys and whole, "1 JSON 不规范 / JSON is not canonical")
    return value

def fits(value: object, form: Any) -> bool:
    """Tell whether JSON has a form: a type, a text, a list of one form, or names and the form of each."""
    if isinstance(value, dict) and isinstance(form, dict):
        return value.keys() == form.keys() and all(fits(value[name], form[name]) for name in form)
    if isinstance(value, list) and isinstance(form, list):
        return all(fits(one, form[0]) for one in value)
    return type(value) is form or (isinstance(form, str) and value == form)

def root_of(shown: dict[int, bytes], start: int, end: int, rest: list[bytes]) -> bytes:
    """Return the RFC 6962 root over the leaf hashes shown and the roots of subtrees without any."""
    if not shown or end - start == 1:
        return shown[start] if shown else rest.pop(0) if rest else b""
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    left = root_of({n: leaf for n, leaf in shown.items() if n < middle}, start, middle, rest)
    return sha(b"\1", left, root_of({n: leaf for n, leaf in shown.items() if n >= middle}, middle, end, rest))

def check_root(shown: dict[int, str], size: int, hashes: list[str], root: str) -> None:
    leaves, rest = {n: sha(b"\0", one.encode()) for n, one in shown.items()}, [*map(unb64, hashes)]
    held = all(0 <= n < size for n in leaves) and all(len(one) == 32 for one in rest)
    need(held and root_of(leaves, 0, size, rest) == unb64(root) and not rest, "4 得出另一个树根 / another root")

def note_of(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Split a C2SP signed note into its text, and name with key ID, and signature, of each line."""
    text, _, below = note.rpartition("\n\n")
    need(text and re.fullmatch(r"(— [^\s+]+ [^\s=]{7}\S*\n){1,100}", below), "3 不是签名文书 / not a signed note")
    lines = [(name, unb64(data)) for name, data in re.findall(r"— (\S+) (\S+)\n", below)]
    return text + "\n", [(f"{name}+{data[:4].hex()}", data[4:]) for name, data in lines]

def vkey(text: str) -> tuple[str, bytes]:
    """Read a C2SP verifier key: its name and ID, and the algorithm's byte with the public key."""
    name, key_id, data = text.split("+", 2)
    need(sha(name.encode(), b"\n", unb64(data))[:4].hex() == key_id, "5 公钥标识不符 / a wrong key ID")
    return f"{name}+{key_id}", unb64(data)

def signed_by(note: str, keys: list[str]) -> set[str]:
    """Return the names of those keys that signed a note; a line of theirs that fails refuses it."""
    (text, lines), known = note_of(note), dict(map(vkey, keys))
    held = [(by, known[by], signature) for by, signature in lines if known.get(by, b"\0")[0] in (1, 4)]
    for _, key, signature in held:  # Ed25519, over the text or as cosignature/v1; ML-DSA is passed over
        begin, said = (8, f"cosignature/v1\ntime {int.from_bytes(signature[:8])}\n{text}") if key[0] == 4 else (0, text)
        need(begin == 0 or 0 < int.from_bytes(signature[:8]) < 2**63, "2 会签没有时间 / cosigned at no time")
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[begin:], said.encode())
    return {by.split("+")[0] for by, *_ in held}

def checkpoint(note: str, logs: Any = None) -> dict[str, Any]:
    """Read a C2SP checkpoint; step 2, where logs are trusted: the one of its origin, and witnesses, vouch for it."""
    origin, size, root, end = note_of(note)[0].split("\n")
    need(origin and len(unb64(root)) == 32 and not end and re.fullmatch("0|[1-9][0-9]{0,18}", size), "2 检查点 / form")
    log: Any = next((one for one in logs or [] if origin in [key.split("+")[0] for key in one["keys"]]), {"keys": []})
    keys = [*log["keys"], *(one["key"] for one in log.get("former", []) if int(size) <= one["size"])]
    need(logs is None or origin in signed_by(note, keys), f"2 {origin} 没有可信日志密钥的签名 / no trusted log key")
    need(not log.get("second"), "2 所要求的第二签名（ML-DSA）须用别的程序查验 / ML-DSA is not checked here")
    need((count := len(signed_by(note, log.get("witnesses", [])))) >= log.get("quorum", 0), "2 见证人不足 / witnesses")
    return {"origin": origin, "size": int(size), "root": root, "witnesses": count}

def minute(text: str) -> float:
    instant = datetime.fromisoformat(text)
    need(instant.isoformat() == text and text[19:] == "+08:00" and "1900" <= text < "9", "3 时刻不规范 / no instant")
    return instant.timestamp() / 60

def read(entry: dict[str, Any], origin: str) -> Said:
    """Steps 3 and 4: a statement by one signer, and rows that lead to the root it signed."""
    (stamp, _, note), items = entry["entry"].partition("\n"), {row["n"]: row["item"] for row in entry["items"]}
    text, lines = note_of(note)
    title, place, line, _ = text.split("\n")
    head, sizes = canonical(line), [len(one.encode()) for one in (line, entry["entry"], *items.values())]
    ours = (title, place, [by for by, _ in lines]) == ("volunteer-ledger/statement@v1", origin, [head["by"]])
    need(ours and items and sizes[0] <= 2**14 and sizes[1] < 2**16 and max(sizes) <= 2**16, "3 不是文书 / no statement")
    need(sorted(items) == [row["n"] for row in entry["items"]] and minute(stamp) and minute(head["at"]), "3 行 / rows")
    check_root(items, head["items"]["count"], entry["hashes"], head["items"]["root"])
    return Said(index=entry["index"], stamp=stamp, note=note, head=head, kind=head["kind"], place=head["organisation"],
                ref=b64encode(sha(text.encode())).decode(), rows={n: canonical(item) for n, item in items.items()})

class World:
    """What a proof shows: who may speak for whom (step 5), and which rows were needed so far."""
    def __init__(self, shown: list[Said]) -> None:
        self.shown, self.used, self.keys = shown, {(0, 0), (shown[-1].index, 0)}, dict[str, Said]()
        self.parents = {row["code"]: row["parent"] for *_, row in self.rows("organisations")}
        begun = [(shown[0], role, shown[0].head[role], "*") for role in ("operator", "log", "recovery")]
        later = [(one, one.head["role"], one.head["key"], one.place) for one, *_ in self.rows("appointment")]
        for said, role, text, reach in begun + later:
            by, public = vkey(text)
            weak = public[0] != 1 or int.from_bytes(public[1:], "little") % 2**255 in WEAK
            twice = by in self.keys or public in [vkey(one.vkey)[1] for one in self.keys.values()]
            need(not weak and not twice, f"5 {by} 弱或重复登记 / weak, or enrolled twice")
            self.keys[by] = Said(since=said.index, role=role, reach=reach, vkey=text, person=said.rows[0]["person"])
        for said in shown:
            key, chain = self.keys[said.head["by"]], self.above(said.place)
            signed = signed_by(said.note, [key.vkey]) and (key.since < said.index or said.kind == "charter")
            need(signed and key.reach in (*chain, "*"), "5 早于任命或任命不及 / not appointed then, or for others")
            top, rows = (said.kind, said.place, said.index) == ("organisations", "*", 2), self.rows("organisations")
            role = "operator" if top else ROLES.get(said.kind, "recorder")
            wide = key.role != "recovery" or said.head["role"] in ("operator", "log")
            need(key.role in role.split() and wide, f"5 {key.role} 无权签署 {said.kind} / may not say that")
            own = [row for one, _, row in rows if one is said]
            inside = [said.place in self.above(row["code"]) or (top and not row["parent"]) for row in own]
            need(all(inside) and len(rows) == len(self.parents), "5 组织重复，或由无关者登记 / twice, or from outside")
            needed = [(one.index, n) for one, n, row in rows if row["code"] in chain and said.kind != "organisations"]
            said.person, self.used = key.person, self.used | {(key.since, 0), *needed}
    def rows(self, kind: str) -> list[tuple[Said, int, Any]]:
        """Return the rows shown of a kind of statement, in log order."""
        return [(said, n, row) for said in self.shown if said.kind == kind for n, row in said.rows.items()]
    def above(self, code: str) -> list[str]:
        """Return an organisation and those above it, up to the root; for the ledger, none."""
        return [] if code in ("", "*") else [code, *self.above(self.parents[code])]

def check_named(world: World, claim: dict[str, Any]) -> None:
    """Steps 6 and 7: the rows shown are those that the certificate names, and what stands beside the lines is so."""
    last, holder = world.shown[-1], claim["volunteer"]
    need(minute(claim["from"] + MIDNIGHT) <= minute(claim["to"] + MIDNIGHT), "6 证明期间不规范 / no period")
    for kind, field, *once in NAMED:
        shown = [[said.ref, [*said.rows]] for said in world.shown if said.kind == kind]
        named, rows = claim.get(field, []), world.rows(kind)
        named = [[named[0], named[1:]]] if named and not once else named  # of one row: [ref, n]
        need(named == shown and (shown or field == "lines" or field not in claim), f"6 {field} 与所示不符 / not shown")
        need(len({tuple(map(row.get, once)) for *_, row in rows}) == len(rows), f"6 {field} 重复 / told twice")
        for said, n, row in rows:
            day = row.get("date", row.get("start", claim["from"]))[:10]
            own = row["volunteer"] == holder and claim["from"] <= day <= claim["to"]
            own &= kind == "award" or last.place in world.above(said.place)
            need(own, f"6 {field} 不属于此人、此单位或此期间 / not his own")
            if kind == "award":
                need(row["decision"] == "granted" and said.place != "*" and said.person != holder, "6 星级 / star")
            if kind in ("training", "honour"):
                past = minute(row["date"] + MIDNIGHT) <= minute(said.stamp) and row.get("minutes", 1) > 0
                need(past and len({said.person, last.person, holder}) == 3, f"7 {field} 不成立 / not so")
            world.used.add((said.index, n))

def check_lines(world: World, claim: dict[str, Any]) -> None:
    """Steps 6 to 8: the lines were each confirmed by another person, and add up with what a closing holds."""
    lines, sums, since = world.rows("attendance"), dict.fromkeys("ABCL", 0), 0
    for said, _, row in world.rows("closing"):
        head, first, since, sums = said.head, said.head.get("first", 0), said.head["size"], dict(row["by_class"])
        held = said.place == world.shown[-1].place and 0 < since <= said.index and head["as_of"] <= said.stamp
        held &= 0 <= first <= head["total"] - head["items"]["count"] and (first == 0) == ("previous" not in head)
        need(held, "6 结账不属于此单位，或涵盖其后的条目 / a closing of another unit, or of what came after it")
    for said, n, row in lines:
        need(row.get("replaces") not in [[one.ref, at] for one, at, _ in lines], "6 已被替换 / replaced by another")
        covers = [(by, at) for by, at, item in world.rows("confirmation") if item["attendance"] == said.ref
                  and n not in item["except"] and by.index > said.index]
        held = covers and covers[0][0].index >= since and covers[0][0].place in (*world.above(said.place), "*")
        need(held, f"7 {said.index}:{n + 1} 未经确认，或结账已包含 / not confirmed, or in the closing already")
        need(len({said.person, covers[0][0].person, claim["volunteer"]}) == 3, "7 不是三个人 / not three persons")
        need(fits(row["minutes"], int) and 0 < row["minutes"] <= minute(row["end"]) - minute(row["start"]), "8 时长")
        sums[row["class"]] += row["minutes"]
        plans = [(one, m) for one, m, plan in world.rows("activities") if plan["code"] == said.head["activity"]]
        need([one.place for one, _ in plans] == [said.place], "6 未恰好示出活动 / not the one activity")
        world.used |= {(one.index, at) for one, at in (covers[0], plans[0])}
    spans = sorted((row["start"], row["end"]) for *_, row in lines)
    need(all(one[1] <= two[0] for one, two in pairwise(spans)), "6 时间重叠 / lines overlap")
    same = all(claim["by_class"][name] == sums[name] for name in sums) and claim["minutes"] == sum(sums.values())
    need(same and claim["minutes"] > 0, "8 合计不符 / sums")

def opened(pdf: bytes) -> tuple[dict[str, Any], list[Said]]:
    """Steps 1, 3 and 4: take proof.json out of the PDF, and the entries out of proof.json."""
    flate, places = zlib.decompressobj(), [*FILE.finditer(pdf)]
    data = flate.decompress(pdf[places[-1].end() :][: int(places[-1][1])], 2**24 + 1) if places else b""
    need(flate.eof and not flate.unused_data and len(data) <= 2**24, "1 没有完好的 proof.json / no proof.json")
    proof = canonical(data.decode(), '"\\n')
    need(fits({"timestamp": ""} | proof | {"opening": [*proof["opening"].values()]}, PROOF), "1 格式不符 / not in form")
    shown = [read(entry, checkpoint(proof["checkpoint"])["origin"]) for entry in proof["entries"]]
    need(all(one.index < two.index and one.stamp <= two.stamp for one, two in pairwise(shown)), "3 倒退 / order")
    return proof, shown

def logged(path: Path, trust: dict[str, Any]) -> dict[str, Any]:
    """Steps 2 and 4: the entries lead to a root that a trusted log and its witnesses vouch for."""
    proof, _ = opened(path.read_bytes())
    found = checkpoint(proof["checkpoint"], trust["logs"])
    check_root({one["index"]: one["entry"] for one in proof["entries"]}, found["size"], proof["hashes"], found["root"])
    return found

def genuine(path: Path, _: dict[str, Any]) -> dict[str, Any]:
    """Steps 5 to 9, and the page of step 10: who said it had the right to, and it is so."""
    proof, shown = opened(pdf := path.read_bytes())
    first, last, origin = shown[0], shown[-1], proof["checkpoint"].split("\n")[0]
    ends = (first.kind, first.index, first.place, last.kind) == ("charter", 0, "*", "certificate") and last.place != "*"
    need(ends and last.index == proof["certificate"] and first.head["log"].startswith(f"{origin}+"), "6 首末条 / ends")
    world, opening = World(shown), proof["opening"]
    (claim,), ((said, n, row),) = last.rows.values(), world.rows("volunteers")
    check_named(world, claim)
    check_lines(world, claim)
    need(row["number"] == claim["volunteer"] and "name" in opening, "9 登记 / row or name")
    for field, one in opening.items():
        message = f"volunteer-ledger/commitment@v1\n{field}\n{one['value']}".encode()
        digest = b64encode(hmac.digest(unb64(one["key"]), message, "sha256")).decode()
        need(row.get(field) == digest, f"9 {field} 与登记不符 / not as registered")
    need({(one.index, n) for one in shown for n in one.rows} == world.used | {(said.index, n)}, "6 多示或少示 / rows")
    need(sha(pdf[: last.head["page"]["length"]]).hex() == last.head["page"]["sha256"], "10 不是所记页面 / another page")
    carried = sum(sum(held["by_class"].values()) for *_, held in world.rows("closing"))  # minutes, of all that follow
    return {"number": last.head["number"], "name": opening["name"]["value"], "clock": shown[0].head["clock"]} | {
        name: claim[name] for name in ("volunteer", "from", "to", "minutes", "by_class")} | {"carried": carried}

def tile(kind: object, start: int, size: int) -> str:
    index, width = str(start // 256), min(256, size - start)
    path = re.sub(r"(...)(?=.)", r"x\1/", index.zfill(-(-len(index) // 3) * 3))
    return f"tile/{kind}/{path}" + (f".p/{width}" if width < 256 else "")

def folder(path: Path, trust: dict[str, Any]) -> dict[str, Any]:
    """Hold every tile and entry bundle of a published log (C2SP tlog-tiles) against its checkpoint."""
    found = checkpoint((path / "checkpoint").read_bytes().decode(), trust["logs"])
    size, row = found["size"], list[bytes]()
    for start in range(0, size, 256):
        data, at = (path / tile("entries", start, size)).read_bytes(), 0
        for _ in range(min(256, size - start)):  # each entry after its length in two bytes
            at, begun = at + 2 + int.from_bytes(data[at : at + 2]), at + 2
            row.append(sha(b"\0", data[begun:at]))
        need(at == len(data), "4 条目残缺 / entries are cut, or too many")
    need(root_of(dict(enumerate(row)), 0, size, []) == unb64(found["root"]), "4 得出另一个树根 / another root")
    for level in range((size.bit_length() + 7) // 8):
        for start in range(0, len(row), 256):
            name, part = tile(level, start, len(row)), b"".join(row[start : start + 256])
            need((path / name).read_bytes() == part, f"4 {name} 与检查点不符 / not under the checkpoint")
        row = [root_of(dict(enumerate(row[n : n + 256])), 0, 256, []) for n in range(0, len(row) - 255, 256)]
    return found

def check(path: Path, trusted: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what holds (`genuine` and `logged` are two questions), and why the rest does not."""
    found, why = dict[str, Any](), list[str]()
    for name, step in (("folder", folder),) if path.is_dir() else (("genuine", genuine), ("logged", logged)):
        try:
            found[name] = step(path, json.loads(trusted.read_bytes()))
        except TROUBLE as trouble:
            why.append(f"{trouble}" if type(trouble) is ValueError else f"{type(trouble).__name__} {trouble}")
    return found, list(dict.fromkeys(why))

def main(words: list[str]) -> int:
    if len(words) != 2 or not all(Path(word).exists() for word in words):
        print(__doc__)
        return 2
    found, why = check(*map(Path, words))
    lines = [json.dumps(found, ensure_ascii=False, indent=1), *(f"✗ {one}" for one in why)]
    print(*lines, *str(__doc__).splitlines()[-2:], sep="\n")
    return 1 if why else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
