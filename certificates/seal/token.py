"""Sealing keys that never leave their device: smart cards, USB tokens, HSMs, by PKCS #11.

The device is asked to sign and nothing else; it gives ECDSA signatures as two numbers side by side,
which become the DER that the rest of the world speaks. Needs the extra `pkcs11`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ledger.errors import Unsafe
from ledger.home import Token

_TROUBLES = {
    "NoSuchToken": (
        "no token has this label, or none is plugged in",
        "没有此标签的设备，或设备未插入",
    ),
    "MultipleTokensReturned": ("several tokens have this label", "有多个设备使用此标签"),
    "PinIncorrect": (
        "the PIN is wrong; after a few tries the token locks",
        "PIN 不对；错几次设备会锁定",
    ),
    "PinLenRange": ("the PIN has not the right length", "PIN 长度不对"),
    "PinLocked": ("the PIN is locked: ask who issued the token", "PIN 已锁定：请找设备发放者解锁"),
}


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key in an open session; it signs until the session is closed."""

    session: Any
    private: Any
    label: str

    def sign(self, data: bytes) -> bytes:
        """Return a signature with SHA-256: ECDSA in DER (RFC 3279, 2.2.3), or RSA PKCS #1 v1.5."""
        import pkcs11

        with _told(self.label):
            if self.private.key_type == pkcs11.KeyType.RSA:
                return bytes(self.private.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
            digest = sha256(data).digest()
            raw = bytes(self.private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        half = len(raw) // 2
        return encode_dss_signature(
            int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        )

    def public_key(self) -> object:
        """Return the public half, which the token must hold under the same label."""
        import pkcs11
        from pkcs11.util.ec import encode_ec_public_key
        from pkcs11.util.rsa import encode_rsa_public_key

        with _told(self.label):
            found = _only(self.session, pkcs11.ObjectClass.PUBLIC_KEY, self.label)
            is_rsa = found.key_type == pkcs11.KeyType.RSA
            write = encode_rsa_public_key if is_rsa else encode_ec_public_key
            return load_der_public_key(write(found))

    def close(self) -> None:
        """Let go of the token: others may want it."""
        self.session.close()


def open_key(token: Token, pin: str) -> TokenKey:
    """Open the private key that the settings name, or raise `Unsafe` with what to do."""
    try:
        import pkcs11
    except ImportError as error:
        raise Unsafe(
            "token.library",
            en="keys in tokens need the extra: pip install 'volunteer-ledger[pkcs11]'",
            zh="使用密码设备中的密钥须安装：pip install 'volunteer-ledger[pkcs11]'",
        ) from error
    with _told(token.token):
        session = pkcs11.lib(token.module).get_token(token_label=token.token).open(user_pin=pin)
        try:
            private = _only(session, pkcs11.ObjectClass.PRIVATE_KEY, token.key)
        except BaseException:
            session.close()
            raise
    return TokenKey(session, private, token.key)


def _only(session: Any, kind: object, label: str) -> Any:
    """Return the one object of a kind and label; all are looked for, so that the search is ended."""
    import pkcs11

    wanted = {pkcs11.Attribute.CLASS: kind, pkcs11.Attribute.LABEL: label}
    found = list(session.get_objects(wanted))
    if not found:
        raise _trouble(label, "the token holds no key of this label", "设备中没有此标签的密钥")
    if len(found) > 1:
        raise _trouble(label, "several keys have this label", "有多把密钥使用此标签")
    return found[0]


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn the library's errors into sentences."""
    from pkcs11.exceptions import PKCS11Error

    try:
        yield
    except PKCS11Error as error:
        name = type(error).__name__
        says = f"{name} {error}".rstrip()
        raise _trouble(what, *_TROUBLES.get(name, (says, says))) from error


def _trouble(what: str, en: str, zh: str) -> Unsafe:
    return Unsafe(
        "token.trouble",
        en=f"{what}: {en}; the settings file names module, token and key under [token.CODE]",
        zh=f"{what}：{zh}；设置文件的 [token.单位编号] 中写明 module、token、key",
    )
