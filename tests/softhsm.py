"""A token of the tests' own: SoftHSM, a PKCS #11 library that keeps its keys in a folder.

Debian has it as `softhsm2`; .ci/run installs it where it may.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
LABEL, PIN = "示例协会", "4711"


@contextmanager
def token(folder: Path) -> Iterator[str]:
    """Give the library's path, a token initialised in the folder, or skip.

    Once a process: a library reads its settings when it is loaded.
    """
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: pip install .[pkcs11]")
    found = next((path for path in LIBRARIES if Path(path).exists()), None)
    program = shutil.which("softhsm2-util")
    if found is None or program is None:
        pytest.skip("SoftHSM is not installed (Debian: softhsm2): there is no token to seal with")
    (folder / "conf").write_text(f"directories.tokendir = {folder}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        init = [
            program,
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--pin",
            PIN,
            "--so-pin",
            "0000",
        ]
        subprocess.run(init, check=True, capture_output=True)
        yield found


def generate(module: str, label: str, algorithm: str) -> None:
    """Make a key pair in the token; its private half never leaves it."""
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    token = pkcs11.lib(module).get_token(token_label=LABEL)
    with token.open(rw=True, user_pin=PIN) as session:
        if algorithm == "rsa-3072":
            session.generate_keypair(pkcs11.KeyType.RSA, 3072, store=True, label=label)
            return
        curve = {"ecdsa-p256": "secp256r1", "ecdsa-p384": "secp384r1"}[algorithm]
        domain = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, domain, local=True)
        parameters.generate_keypair(store=True, label=label)
