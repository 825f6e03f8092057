"""Second opinions on the books: hledger and beancount, as programs of their own.

Both are asked for what every account holds. beancount comes with the tests' environment, and is never
imported here: it is another's program under another licence, and runs in a process of its own.
"""

import csv
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

Balances = Mapping[tuple[str, str], int]
_SUM = """
import collections, json, sys
from beancount import loader
from beancount.core.data import Transaction
entries, errors, options = loader.load_file(sys.argv[1])
found = collections.Counter()
for entry in entries:
    for posting in entry.postings if isinstance(entry, Transaction) else ():
        found[posting.account, posting.units.currency] += posting.units.number
print(json.dumps({"errors": [str(error.message) for error in errors],
                  "balances": [[*key, int(n)] for key, n in found.items()]}))
"""


def hledger(file: Path) -> Balances:
    """Return the balances that hledger computes, after all its own checks; or skip."""
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed here")
    _run(program, "-f", str(file), "check", "--strict")
    out = _run(program, "-f", str(file), "balance", "--flat", "--layout=bare", "-N", "-O", "csv")
    rows = list(csv.reader(out.splitlines()))[1:]
    return {(account, unit): int(number) for account, unit, number in rows}


def beancount(file: Path) -> Balances:
    """Return the balances that beancount computes, units in lower case; it must find no error."""
    if importlib.util.find_spec("beancount") is None:
        pytest.skip("beancount is not installed here")
    found = json.loads(_run(sys.executable, "-c", _SUM, str(file)))
    assert not found["errors"], found["errors"]
    return {
        (account, unit.lower()): number for account, unit, number in found["balances"] if number
    }


PROGRAMS = {"hledger": hledger, "beancount": beancount}


def _run(*words: str) -> str:
    ran = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
