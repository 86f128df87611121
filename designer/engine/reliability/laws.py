"""Laws of times to failure and times of repair, in hours.

Each says its mean, how it is drawn (`row`: a code and up to three numbers, read by the kernels), and refuses numbers
without meaning. `MTBF` is the mean of the law of up times: from the end of a repair to the next failure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from designer.errors import SpecError

EXPONENTIAL, WEIBULL, LOGNORMAL, GAMMA, FIXED, UNIFORM, RESAMPLED = range(7)


@dataclass(frozen=True)
class Law:
    """A law of a positive time; `mean_h` is what the long run knows of it."""

    @property
    def mean_h(self) -> float:
        """The mean, in hours."""
        raise NotImplementedError

    def row(self) -> tuple[int, float, float, float]:
        """Code and numbers by which a kernel draws from it."""
        raise NotImplementedError

    def check(self, who: str) -> None:
        """Raise SpecError where the numbers have no meaning."""
        if not (self.mean_h > 0 and math.isfinite(self.mean_h)):
            raise SpecError(f"{who}: a time needs a mean above 0 h and below infinity, not {self.mean_h} h.")


@dataclass(frozen=True)
class Exponential(Law):
    """Without memory: the next hour is as likely as any."""

    mean: float

    @property
    def mean_h(self) -> float:
        """The mean, in hours."""
        return self.mean

    def row(self) -> tuple[int, float, float, float]:
        """The mean."""
        return EXPONENTIAL, self.mean, 0.0, 0.0


@dataclass(frozen=True)
class Weibull(Law):
    """Shape below 1: what has just been repaired fails most; above 1: it wears out."""

    shape: float
    scale: float

    @classmethod
    def of_mean(cls, mean_h: float, shape: float) -> Weibull:
        """The law of this mean."""
        return cls(shape, mean_h / math.gamma(1.0 + 1.0 / shape))

    @property
    def mean_h(self) -> float:
        """The mean, in hours."""
        return self.scale * math.gamma(1.0 + 1.0 / self.shape) if self.shape > 0 else math.nan

    def row(self) -> tuple[int, float, float, float]:
        """Scale, 1 / shape."""
        return WEIBULL, self.scale, 1.0 / self.shape, 0.0


@dataclass(frozen=True)
class Lognormal(Law):
    """Its logarithm is normal; `mu` is that of the median, `sigma` the spread."""

    mu: float
    sigma: float

    @classmethod
    def of_mean(cls, mean_h: float, sigma: float) -> Lognormal:
        """The law of this mean."""
        return cls(math.log(mean_h) - sigma * sigma / 2.0, sigma)

    @property
    def mean_h(self) -> float:
        """The mean, in hours."""
        return math.exp(self.mu + self.sigma * self.sigma / 2.0) if self.sigma >= 0 else math.nan

    def row(self) -> tuple[int, float, float, float]:
        """Mu, sigma."""
        return LOGNORMAL, self.mu, self.sigma, 0.0


@dataclass(frozen=True)
class Gamma(Law):
    """The sum of `shape` exponential times (Erlang's law where that is whole)."""

    shape: float
    scale: float

    @property
    def mean_h(self) -> float:
        """The mean, in hours."""
        return self.shape * self.scale if self.shape > 0 else math.nan

    def row(self) -> tuple[int, float, float, float]:
        """Shape, scale."""
        return GAMMA, self.shape, self.scale, 0.0


@dataclass(frozen=True)
class Fixed(Law):
    """Always the same time."""

    value: float

    @property
    def mean_h(self) -> float:
        """The value."""
        return self.value

    def row(self) -> tuple[int, float, float, float]:
        """The value."""
        return FIXED, self.value, 0.0, 0.0


@dataclass(frozen=True)
class Uniform(Law):
    """Any time from `low` to `high` alike."""

    low: float
    high: float

    @property
    def mean_h(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2.0 if 0.0 <= self.low <= self.high else math.nan

    def row(self) -> tuple[int, float, float, float]:
        """Low, high - low."""
        return UNIFORM, self.low, self.high - self.low, 0.0


@dataclass(frozen=True)
class Resampled(Law):
    """One of the recorded times, each alike."""

    values: tuple[float, ...]

    @property
    def mean_h(self) -> float:
        """The mean of what was recorded."""
        return sum(self.values) / len(self.values) if self.values and min(self.values) >= 0 else math.nan

    def row(self) -> tuple[int, float, float, float]:
        """Where its values stand is filled in by the tables."""
        return RESAMPLED, 0.0, float(len(self.values)), 0.0


def law_of(given: Any, who: str = "law") -> Law:
    """A law of a plain value: a number is the mean of an exponential law, a mapping names its `law` and its numbers.

    Times are in hours under `value_h`, `mean_h`, `scale_h`, `low_h`, `high_h`, `values_h` (the ending may be left out).
    """
    if isinstance(given, Law):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool):
        return Exponential(float(given))
    if not isinstance(given, Mapping):
        raise SpecError(f"{who}: {given!r} is no law; give a mean in hours, or its law and numbers.")
    said = {str(name).removesuffix("_h"): value for name, value in given.items()}
    kind = str(said.get("law", "exponential")).lower()
    try:
        return _named(kind, said)
    except KeyError as missing:
        raise SpecError(f"{who}: the law {kind} needs its {missing.args[0]}.") from None
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        raise SpecError(f"{who}: the numbers of the law {kind} have no meaning: {dict(given)}.") from None


def _named(kind: str, said: Mapping[str, Any]) -> Law:
    if kind in ("exponential", "exp"):
        return Exponential(float(said["mean"] if "mean" in said else said["value"]))
    if kind == "weibull":
        if "mean" in said:
            return Weibull.of_mean(float(said["mean"]), float(said["shape"]))
        return Weibull(float(said["shape"]), float(said["scale"]))
    if kind == "lognormal":
        if "mean" in said:
            return Lognormal.of_mean(float(said["mean"]), float(said["sigma"]))
        mu = float(said["mu"]) if "mu" in said else math.log(float(said["median"]))
        return Lognormal(mu, float(said["sigma"]))
    if kind in ("gamma", "erlang"):
        shape = float(said["shape"])
        return Gamma(shape, float(said["mean"]) / shape if "mean" in said else float(said["scale"]))
    if kind in ("deterministic", "fixed", "constant"):
        return Fixed(float(said["value"] if "value" in said else said["mean"]))
    if kind == "uniform":
        return Uniform(float(said["low"]), float(said["high"]))
    if kind in ("recorded", "empirical"):
        return Resampled(tuple(float(value) for value in said["values"]))
    raise SpecError(f"There is no law named {kind}.")
