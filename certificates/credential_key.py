"""The key that signs credentials for wallets: nobody's but its own, vouched for by the authority.

    keys/credential.pem  keys/credential.passphrase  keys/credential-certificates.pem

It signs unattended, as log and seal do, so its passphrase lies beside it.
"""

from certificates.seal.chain import FOR_CREDENTIALS
from certificates.seal.holders import Holder, issue_seal_certificate, load_holder
from certificates.seal.pades import Sealer
from ledger.errors import LedgerError, Unsafe
from ledger.files import read_file, write_file
from ledger.home import Home

_NAME = "credential"


def make(authority: Holder, organisation: str, at: str) -> Holder:
    """Make a key and its certificate, valid for ten years from an instant."""
    return issue_seal_certificate(authority, organisation, at, role=FOR_CREDENTIALS)


def keep(home: Home, holder: Holder) -> None:
    """Write a new key into the home folder; raises `Unsafe` where there is one already."""
    keys = home.path / "keys"
    home.keep_secret(keys / f"{_NAME}.pem", holder.encrypted_key, None)
    write_file(keys / f"{_NAME}-certificates.pem", holder.certificates_pem())


def sealer(home: Home) -> Sealer:
    """Open the key, or raise `Unsafe` where none was made."""
    key = home.path / "keys" / f"{_NAME}.pem"
    if not key.exists():
        raise Unsafe(
            "credential.key",
            en=f"there is no {key}: fetch the authority's key and run `vledger certificate key`",
            zh=f"没有 {key}：请取回证书机构密钥，再运行 `vledger certificate key`",
        )
    passphrase = read_file(key.with_suffix(".passphrase")).strip()
    certificates = read_file(key.with_name(f"{_NAME}-certificates.pem"))
    return load_holder(read_file(key), passphrase, certificates).sealer


def authority(home: Home, key: bytes, passphrase: bytes) -> Holder:
    """Return the authority of `trust.json` that a private key (PEM) is of, or raise `Unsafe`."""
    refusals = []
    for issuer in home.trust().issuers:
        try:
            return load_holder(key, passphrase, issuer.encode())
        except LedgerError as error:
            refusals.append(error)
    raise (
        refusals[0]
        if refusals
        else Unsafe(
            "seal.key",
            en=f"{home.trust_file} names no authority",
            zh=f"{home.trust_file} 中没有证书机构",
        )
    )
