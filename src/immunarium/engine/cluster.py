"""The same work on many machines, by Dask."""

from __future__ import annotations

from typing import Any

from immunarium.core import ImmunoError
from immunarium.engine.crew import Work, WorkersLostError

_RETRIES = 3  # times a piece is begun again where its worker died


class Cluster:
    """Workers of a Dask scheduler, however they were started; they may come and go.

    Parameters
    ----------
    work : callable
        Picklable by reference to Immunarium, which every worker must have installed.
    address : str
        Of the scheduler, as it prints it: ``tcp://…:8786``.

    Raises
    ------
    ImmunoError
        Dask is not installed, or nobody answers at the address.
    """

    def __init__(self, work: Work, address: str) -> None:
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise ImmunoError(
                "A scheduler needs Dask. Run: pip install 'immunarium[cluster]'"
            ) from None
        try:
            self._client: Any = Client(address, timeout=5, set_as_default=False)
        except (OSError, ValueError) as e:
            raise ImmunoError(
                f"No Dask scheduler answers at {address} ({type(e).__name__}). Start one with "
                f"'dask scheduler' and give the address it prints, like tcp://10.0.0.1:8786."
            ) from None
        self._work, self._killed = work, KilledWorker

    @property
    def room(self) -> int:
        """Pieces to have under way: enough for the workers there are now."""
        return 2 * sum(self._client.nthreads().values()) + 2

    def start(self, first: int, last: int) -> Any:
        """Send a piece to the scheduler."""
        return self._client.submit(self._work, first, last, pure=False, retries=_RETRIES)

    def wait(self, ticket: Any, seconds: float) -> Any:
        """Return a piece's result, once it is done."""
        try:
            result = ticket.result(timeout=seconds)
        except self._killed as e:
            raise WorkersLostError(
                f"{e} Give workers more memory, or look at their logs."
            ) from None
        ticket.release()
        return result

    def stop(self) -> None:
        """Leave the scheduler, which forgets what is under way."""
        self._client.close(timeout=10)
