"""What every test may ask for: other people's vectors, and how hard hypothesis should try."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT.parent / "shared" / "vectors"

# Signing time is not a property, so no deadline; `ci` is the same every run, `nightly` is not.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=500, deadline=None, derandomize=True, print_blob=True, database=None
)
settings.register_profile("nightly", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def vectors(name: str) -> Path:
    """Return the folder (or file) of vectors, or skip; with VECTORS=required a missing one fails.

    Callable at the top of a module too, where parameters are made from the vectors.
    """
    found = VECTORS / name
    if found.exists():
        return found
    reason = f"no vectors at ../shared/vectors/{name}"
    if os.environ.get("VECTORS") == "required":
        pytest.fail(f"{reason}, and VECTORS=required", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture(scope="session", name="vectors")
def vectors_fixture() -> Callable[[str], Path]:
    """Give `vectors` to a test that asks for it by name."""
    return vectors
