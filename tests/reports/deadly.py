"""A view model that ends the process that prints it, as the system does when memory runs out."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deadly:
    """Looks like a view model until its page asks for the imprint."""

    name: str

    @property
    def imprint(self) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        return None
