"""Twenty varied certificates, and every validator at once: all agree, and all on the same file.

Drawn at random from what certificates may say and look like, the same ones every run.
"""

import random
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from certificates.claim import Claim, Honour, Training, totals
from certificates.page import design
from certificates.page.look import Look
from certificates.render import render
from certificates.seal import holders, pades
from certificates.seal.holders import Algorithm, Holder
from certificates.wording import LANGUAGES
from tests.test_interoperation import Sealed, hanko, openssl
from tests.test_render import LONG, RARE, claim, lines, tool
from tests.test_standards import findings, stamp

COUNT = 20
FOUNDED, SIGNED = "2026-01-01T00:00:00+08:00", "2026-03-09T09:00:00+08:00"
NAMES = ("张三", "欧阳致远", "买买提·艾力", LONG, *RARE)


@cache
def authority(algorithm: Algorithm) -> tuple[Holder, Holder]:
    root = holders.found_authority("示例县科学技术协会", FOUNDED, algorithm)
    return root, holders.issue_seal_certificate(root, "示例县科学技术协会", FOUNDED, algorithm)


def varied(choice: random.Random) -> Claim:
    """Return a claim that nobody would think of."""
    rows = tuple(
        replace(
            one, activity=one.activity * choice.randint(1, 9), content="容" * choice.randint(0, 60)
        )
        for one in lines(choice.choice([1, 2, 6, 15, 40]))
    )
    more: dict[str, Any] = {
        "name": choice.choice(NAMES),
        "star": choice.randint(0, 5),
        "specimen": choice.random() < 0.3,
        "verify_url": choice.choice(["", "https://verify.example.org/c", "https://e.org/?n="]),
        "telephone": choice.choice(["", "0700-1234 5678"]),
        "handler": choice.choice(["", "林挈", "名" * 30]),
        "document": choice.choice(["", "居民身份证 4299**********1234", "护照 E*******1"]),
        "replaces": choice.choice(["", "429900-T01-2026-000099-11"]),
    }
    if choice.random() < 0.4:
        more["training"] = (Training("2026-03-04", "急救技能培训" * 4, "示例县红十字会", 120),) * 3
    if choice.random() < 0.4:
        more["honours"] = (Honour("2026-05-01", "年度优秀志愿者", "示例县文明办"),)
    return claim(rows, by_class=totals(rows), **more)


def made(seed: int) -> Sealed:
    choice = random.Random(seed)
    look = Look(
        design.shipped_one(choice.choice(design.shipped())),
        choice.choice(LANGUAGES),
        stamp() if choice.random() < 0.3 else None,
        stamp() if choice.random() < 0.3 else None,
    )
    algorithm: Algorithm = choice.choice(get_args(Algorithm))
    root, holder = authority(algorithm)
    page = render(varied(choice), identifier=choice.randbytes(16), look=look)
    proof = b'{"padding":"%s"}' % choice.randbytes(choice.randint(1, 20_000)).hex().encode()
    file = pades.seal(page, proof, holder.sealer, signed_at=SIGNED)
    return Sealed(file, root.pem, 1)


@pytest.mark.parametrize("seed", range(COUNT))
def test_all_validators_agree(seed: int, tmp_path: Path) -> None:
    sealed, file = made(seed), tmp_path / "证明.pdf"
    file.write_bytes(sealed.file)
    assert findings(sealed.file) == []  # PDF/A-3a and PDF/UA-1
    subprocess.run([tool("qpdf"), "--check", file], check=True, capture_output=True)
    said = subprocess.run([tool("pdfsig"), file], check=False, capture_output=True).stdout
    assert b"Signature is Valid" in said
    assert b"Total document signed" in said
    assert hanko(sealed) == (True, True, True)
    assert openssl(sealed, tmp_path)
