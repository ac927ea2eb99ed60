"""What the documented mode keeps beside the tables, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from specks.mixture.calibrated import Components
    from specks.mixture.documented import DocumentedFit, NanoparticleSegConfig

__all__ = ["Original"]

ARRAYS = ("hist_stack", "hist_bg", "p_stack")
NUMBERS = ("th_low", "th_high", "w_bg", "nll", "nit")


class Reader(Protocol):
    """Where arrays come from."""

    def read(self, name: str, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """An array that has this type and shape."""
        ...


@dataclass(frozen=True, eq=False)
class Original:
    """The original's fit and configuration.

    Parameters
    ----------
    fit : DocumentedFit
    config : NanoparticleSegConfig
    """

    fit: DocumentedFit
    config: NanoparticleSegConfig

    def to_document(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        """Plain data for JSON, and arrays by name."""
        from specks._core.provenance import plain

        numbers = {name: float(getattr(self.fit, name)) for name in NUMBERS}
        return {"config": plain(self.config), **numbers}, {name: getattr(self.fit, name) for name in ARRAYS}

    @classmethod
    def from_document(cls, document: Mapping[str, Any], arrays: Reader, components: Components) -> Original:
        """Back from `to_document`; the two distributions are those of the model.

        Raises
        ------
        FileFormatError
            When something is missing or cannot be so.
        """
        from specks._core.errors import FileFormatError
        from specks.mixture.documented import DocumentedFit, NanoparticleSegConfig

        numbers = {name: document[name] for name in NUMBERS}
        if not all(isinstance(n, int | float) and np.isfinite(n) for n in numbers.values()):
            raise FileFormatError("the documented fit holds something else than numbers")
        fit = DocumentedFit(
            hist_stack=arrays.read("hist_stack", "int64", (256,)),
            hist_bg=arrays.read("hist_bg", "int64", (256,)),
            p_stack=arrays.read("p_stack", "float64", (256,)),
            p_bg=components.background,
            p_np=components.particle,
            th_low=int(numbers["th_low"]),
            th_high=int(numbers["th_high"]),
            w_bg=float(numbers["w_bg"]),
            nll=float(numbers["nll"]),
            nit=int(numbers["nit"]),
        )
        return cls(fit, NanoparticleSegConfig.from_dict(document["config"]))
