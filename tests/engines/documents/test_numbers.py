"""Figures as people write them."""

import pytest

from moyai.engines.documents.numbers import Writer


@pytest.mark.parametrize(
    ("value", "unit", "en", "ja"),
    [
        (0.017631, "JPY", "¥0.0176", "¥0.0176"),
        (1.3e-05, "EUR", "€0.0000130", "€0.0000130"),
        (1_380_364, "JPY", "¥1,380,000", "¥1,380,000"),
        (13314, "count", "13,314", "13,314"),
        (0.9298, "score", "0.930", "0.930"),
        (0.3297, "percent", "33 %", "33%"),
        (0.0004, "percent", "0.04 %", "0.04%"),
        (1_477_391, "bytes", "1.5 MB", "1.5 MB"),
        (11.6, "core_seconds", "11.6 core-seconds", "11.6コア秒"),
        (200.4, "seconds", "3 min 20 s", "3分20秒"),
        (2e-13, "chance", "2×10⁻¹³", "2×10⁻¹³"),
        (0.25, "chance", "0.250", "0.250"),
        (0.0, "chance", "< 10⁻³⁰⁰", "< 10⁻³⁰⁰"),
        ("2027-01-31", "date", "31 January 2027", "2027年1月31日"),
        (None, "bytes", "not measured", "未計測"),
        (0, "count", "0", "0"),
    ],
)
def test_a_figure_is_written_for_a_person(value: object, unit: str, en: str, ja: str) -> None:
    assert Writer("en").figure(value, unit) == en
    assert Writer("ja").figure(value, unit) == ja


def test_a_moment_says_its_zone() -> None:
    assert Writer("en").moment("2026-11-23T09:30:00Z") == "23 Nov 2026, 09:30 UTC"
    assert Writer("ja").moment("2026-11-23T18:30:00+09:00") == "2026年11月23日 09:30 UTC"


def test_a_range_of_equal_ends_is_one_figure() -> None:
    assert Writer("en").range(2.0, 2.0, "JPY") == "¥2.00"
    assert Writer("en").range(2.0, 3.5, "JPY") == "¥2.00 – ¥3.50"
