"""How a figure is written for a person: units, digits, dates, money, in English and in Japanese."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_currency, format_decimal

from moyai.kernel.units import in_bytes
from moyai.kernel.wording import say

LOCALES = {"en": "en_GB", "ja": "ja_JP"}


class Writer:
    """Writes figures in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = LOCALES[language]
        self.units: dict[str, Callable[[Any], str]] = {
            "text": str,
            "number": self.number,
            "count": self.count,
            "score": self.score,
            "percent": self.percent,
            "bytes": self.bytes,
            "seconds": self.seconds,
            "core_seconds": self.core_seconds,
            "milliseconds": lambda value: f"{self.number(value)} ms",
            "months": self.months,
            "chance": self.chance,
            "date": self.date,
            "moment": self.moment,
        }

    def figure(self, value: Any, unit: str) -> str:
        """`value` in `unit`: a word above, or a currency code. What was not measured is said so, never 0."""
        if value is None or value == "":
            return say("not measured", self.language)
        return self.units[unit](value) if unit in self.units else self.money(value, unit)

    def range(self, low: float | None, high: float | None, unit: str) -> str:
        one, other = (self.figure(end, unit) for end in (low, high))
        return one if one == other else f"{one} – {other}"

    def number(self, value: float) -> str:
        """Three digits that matter; whole numbers in full."""
        if isinstance(value, str | bool) or (isinstance(value, float) and not value.is_integer()):
            return value if isinstance(value, str) else self.decimal(float(f"{value:.3g}"))
        return self.count(value)

    def decimal(self, value: float) -> str:
        return format_decimal(value, "#,##0.############", locale=self.locale)

    def count(self, value: float) -> str:
        return format_decimal(round(value), "#,##0", locale=self.locale)

    def score(self, value: float) -> str:
        return f"{value:.3f}"

    def percent(self, value: float) -> str:
        return f"{float(f'{100 * value:.3g}'):g} %" if self.language == "en" else f"{float(f'{100 * value:.3g}'):g}%"

    def bytes(self, value: float) -> str:
        return in_bytes(value)

    def seconds(self, value: float) -> str:
        """`2.4 s`, `3 min 20 s`."""
        if value < 60:
            return say("{seconds} s", self.language, seconds=self.number(float(value)))
        minutes, rest = divmod(round(value), 60)
        return say("{minutes} min {seconds} s", self.language, minutes=minutes, seconds=rest)

    def core_seconds(self, value: float) -> str:
        return say("{number} core-seconds", self.language, number=self.number(float(value)))

    def months(self, value: float) -> str:
        return say("{number} months", self.language, number=self.number(float(f"{value:.2g}")))

    def chance(self, value: float) -> str:
        """A p-value: small ones as a power of ten."""
        if value >= 0.001:
            return f"{value:.3f}"
        if value < 1e-300:
            return "< 10⁻³⁰⁰"
        digits, power = f"{value:.0e}".split("e")
        return f"{digits}×10{raised(int(power))}"

    def money(self, amount: float, currency: str, matter: int = 3) -> str:
        """Three digits that matter, however small: a price that was measured is never written as 0."""
        digits = Decimal(f"{amount:#.{matter}g}")
        places = max(0, -int(digits.as_tuple().exponent))
        pattern = "¤#,##0" + ("." + "0" * places if places else "")
        words = format_currency(digits, currency, pattern, locale=self.locale, currency_digits=False)
        return words.replace("￥", "¥").replace("JP¥", "¥")

    def date(self, value: Any) -> str:
        return format_date(day(value), "long", locale=self.locale)

    def moment(self, value: Any) -> str:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        pattern = "y年M月d日 HH:mm 'UTC'" if self.language == "ja" else "d MMM y, HH:mm 'UTC'"
        return format_datetime(at, pattern, tzinfo=get_timezone("UTC"), locale=self.locale)


def day(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def raised(power: int) -> str:
    """`-12` as superscript digits."""
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
