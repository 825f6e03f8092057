"""Erased: whom the log says is erased, and what the vault still holds of them."""

from collections.abc import Callable

from ledger.desk.office import Office, registered
from ledger.records import Volunteer
from ledger.store.reading import Reader
from ledger.vault import Vault


def is_erased(office: Office, number: str) -> bool:
    """Tell whether the log says that a person is erased; then nothing of him is left here.

    A kill may have come between the entry and the vault: what was begun is finished.
    """
    with office.store.reading() as view:
        said = registered(view, number).state == "erased"
    if said:
        office.vault.erase(number)
    return said


def not_yet_erased(view: Reader, vault: Callable[[], Vault]) -> tuple[str, ...]:
    """Return whom the log says is erased and the vault still holds: a kill, or an old vault."""
    said = [one.number for one in view.where(Volunteer, state="erased")]
    return tuple(sorted(vault().details_of(said))) if said else ()
