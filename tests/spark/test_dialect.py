"""Every macro that differs by engine, and every function that both only seem to share, on drawn values and on edges."""

from __future__ import annotations

import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration.engines.thrift import Thrift
from tests.spark.engines import Case, Engines

CHANCE = random.Random(20261122)
MOST_SAID = 12


def _times(count: int) -> list[datetime]:
    """Ends of months, leap days, midnights, microseconds and any others."""
    edges = [
        datetime(year, month, day, tzinfo=UTC)
        for year in (1970, 2000, 2023, 2024, 2025, 2026, 2100)
        for month, day in ((1, 1), (1, 31), (2, 28), (3, 1), (4, 30), (6, 30), (7, 1), (12, 31))
    ]
    edges += [datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), datetime(2000, 2, 29, tzinfo=UTC)]
    start = datetime(2015, 1, 1, tzinfo=UTC)
    drawn = [start + timedelta(microseconds=CHANCE.randrange(15 * 366 * 86_400_000_000)) for _ in range(count)]
    return edges + drawn


def _numbers(count: int) -> list[float]:
    halves = [
        sign * (whole + 0.5) / 10**places for sign in (1, -1) for whole in (0, 1, 2, 17) for places in (0, 1, 4, 6)
    ]
    special = [0.0, -0.0, 1.0, 1e-4, 9.9e-5, 1e-7, 123456789.125, 1e15, 9999999999999998.0, 1e16, 1e17, 1.5e20, 1e-300]
    special += [1e22, 1.25e-9, 12000000.0, 55426000.0, 0.1, 0.30000000000000004, 2.5e6, float("inf"), float("nan")]
    drawn = [CHANCE.choice((1, -1)) * CHANCE.random() * 10 ** CHANCE.randint(-8, 17) for _ in range(count)]
    money = [round(CHANCE.random() * 10 ** CHANCE.randint(1, 9), CHANCE.randint(0, 2)) for _ in range(count)]
    decimal_halves = [(CHANCE.randrange(10**6) * 10 + 5) / 10 ** CHANCE.randint(1, 7) for _ in range(count)]
    return halves + special + drawn + money + decimal_halves


def _texts(count: int) -> list[str]:
    """Words with blanks, signs and letters that engines treat differently."""
    alphabet = "ab Z9@.,:;|?#%_-+/'\"(){}[]$€éßñÄçøłİıΣς中文日本🙂\t\n\r\u00a0"
    drawn = ["".join(CHANCE.choices(alphabet, k=CHANCE.randint(0, 12))) for _ in range(count)]
    return ["", " ", "\u00a0", "\t\n", "~", "!", "null", "NULL", "a|b||c|", "|", "?", "x?y#z", *drawn]


TIME_TEXTS = [
    *("2026-10-01", "2026-10-01 12:30", "2026-10-01 12:30:15", "2026-10-01T12:30:15Z", "2026-10-01T12:30:15.123456Z"),
    *("2026-10-01 12:30:15.1", "2026-10-01T12:30:15+02:00", "2026-10-01T12:30:15-0530", "2026-10-01 12:30:15+02"),
    *("2026-1-5", "2026-01-05 1:02:03", "2026-02-30", "2026-13-01", "2024-02-29", "2023-02-29", "2026-10-01T24:00:00"),
    *("2026-10-01 12:61:00", "2026-10-01 25:00:00", "12:30", "2026", "2026-10", "01.10.2026", "10/01/2026", "soon"),
    *("2026-10-01 12:30:15 UTC", "2026-10-01T12:30:15.123Z", "2026-10-01 12:30:15.1234567", "2026-10-01Z", ""),
    *("2026-10-01 12", "2026-10-01T", "2026-10-01 12:30:15 garbage", "0001-01-01", "9999-12-31 23:59:59", "20261001"),
    *("2026-10-01T12:30:15.123456789Z", " 2026-10-01 ", "2026-10-01  12:30", "+2026-10-01", "2026-10-01 12:30:60"),
    *("2026-10-01 12:30:15 Europe/Berlin", "2026-10-01T12:30Z", "2026-10-01 12:30 +01:00", "infinity", "epoch", "now"),
    *("2026-10-01 12:30:15+02:00:30", "2026-10-01 12:30:15 PST", "2026-10-01 12:30:15 am", "26-10-01", "2026-10-1x"),
]

NUMBER_TEXTS = [
    *(
        "1",
        "-1",
        "+1",
        "1.",
        ".5",
        "1.5",
        "1,000",
        "1,000.50",
        "10,00",
        "1,0000",
        "$5",
        "€ 12.50",
        "£1,234",
        "5$",
        "1e3",
    ),
    *(
        "1E-3",
        "1e400",
        "1e99",
        "-$5",
        "$-5",
        "nan",
        "inf",
        "Infinity",
        "-inf",
        "NaN",
        "1_000",
        "5d",
        "5f",
        "5L",
        "0x1F",
    ),
    *(
        "",
        " ",
        ".",
        "-",
        "e5",
        "1e",
        "١٢",
        "1 000",
        "00012",
        "1.2.3",
        "--1",
        "true",
        "9999999999999999999",
        "1e+2",
        "1e 2",
    ),
    *("12\u2028", "12\u0085", "0.1", "123456.7890125", "9007199254740993", "$", "$.", "1,", ",1"),
]

EMAILS = [
    *(
        "a@b.co",
        "A.B+c@D-e.Co",
        "a@b",
        "a@b.",
        "@b.co",
        "a b@c.de",
        "a@b@c.de",
        "a@.co",
        "a@b..co",
        "ä@ö.de",
        "a,b@c.de",
    ),
    *("a@b.c ", "\u00a0a@b.co", "a@b.co\u2028", "a@b c.de", "", "a@b.co.", "JOSÉ@EXAMPLE.COM", "straße@x.de"),
]


def _time_between() -> Case:
    times = _times(600)
    pairs = [*zip(times, CHANCE.sample(times, len(times)), strict=True), *itertools.product(times[:58:3], repeat=2)]
    pairs += [(time, time + timedelta(seconds=CHANCE.randint(-90, 90))) for time in times]
    parts = ("year", "quarter", "month", "day", "hour", "minute", "second")
    probes = {f"{part}s": f"{{{{ dbt.datediff('one', 'other', '{part}') }}}}" for part in parts}
    probes |= {
        f"{part}s_of_dates": f"{{{{ dbt.datediff('cast(one as date)', 'cast(other as date)', '{part}') }}}}"
        for part in parts[:4]
    }
    rows = [*pairs, (None, times[0]), (times[0], None)]
    return Case({"one": "timestamp", "other": "timestamp"}, rows, probes)


def _time_ahead() -> Case:
    rows = [(time, CHANCE.randint(-40, 40)) for time in _times(600)]
    parts = ("year", "month", "week", "day", "hour", "minute", "second")
    probes = {f"{part}s_later": f"{{{{ dbt.dateadd('{part}', 'steps', 'one') }}}}" for part in parts}
    return Case({"one": "timestamp", "steps": "integer"}, [*rows, (None, 1)], probes)


def _parts_and_texts_of_times() -> Case:
    probes = {
        "day": "cast(one as date)",
        "day_text": "cast(cast(one as date) as string)",
        "time_text": "cast(one as string)",
        "read_back": "{{ parse_timestamp('one') }}",
        "as_of": "one <= {{ as_of() }}",
    }
    return Case({"one": "timestamp"}, [(time,) for time in [*_times(600), None]], probes)


def _times_in_texts() -> Case:
    times = _times(150)
    written = [
        time.strftime(form) for time in times for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d")
    ]
    moved = [
        f"{time:%Y-%m-%d %H:%M:%S}{CHANCE.choice('+-')}{CHANCE.randint(0, 14):02}:{CHANCE.choice((0, 30)):02}"
        for time in times
    ]
    rows = [(text,) for text in [*TIME_TEXTS, *written, *moved, *_texts(100), None]]
    return Case({"one": "varchar"}, rows, {"read": "{{ parse_timestamp('one') }}"})


def _numbers_in_texts() -> Case:
    written = [str(number) for number in _numbers(150)] + [f"{number:,.2f}" for number in _numbers(50)]
    rows = [(text,) for text in [*NUMBER_TEXTS, *written, *_texts(200), None]]
    probes = {
        "number": "{{ read_number('one') }}",
        "whole": "{{ read_integer('one') }}",
        "plain": "{{ plain_number('one') }}",
        "truth": "{{ read_boolean('one') }}",
    }
    return Case({"one": "varchar"}, rows, probes)


def _numbers_of_every_type() -> Case:
    rows = [(number, CHANCE.randint(-(2**62), 2**62), CHANCE.choice((True, False, None))) for number in _numbers(300)]
    probes = {
        "double": "{{ read_number('one') }}",
        "bigint": "{{ read_number('two') }}",
        "whole": "{{ read_integer('one') }}",
        "whole_bigint": "{{ read_integer('two') }}",
        "truth": "{{ read_boolean('three') }}",
        "truth_of_number": "{{ read_boolean('two') }}",
    }
    return Case({"one": "double", "two": "bigint", "three": "boolean"}, [*rows, (None, None, None)], probes)


def _texts_of_numbers() -> Case:
    probes = {"text": "{{ number_text('one') }}", "value": "{{ value_text('one') }}", "cut": "{{ kept_value('one') }}"}
    return Case({"one": "double"}, [(number,) for number in [*_numbers(2000), None]], probes)


def _rounding() -> Case:
    numbers = [number for number in _numbers(2000) if abs(number) < 1e9]
    rows = [(number, CHANCE.randint(-(10**12), 10**12) / 10**6) for number in numbers]
    points, weight = "cast(two as decimal(18, 4))", "cast(12.3456 as decimal(9, 4))"
    probes = {
        "to_six": "{{ rounded('one', 6) }}",
        "to_decimal": "cast({{ rounded('one', 4) }} as decimal(18, 4))",
        "to_four": "{{ rounded('one', 4) }}",
        "decimal_of_rounded": "cast({{ rounded('one', 6) }} as decimal(18, 6))",
        "decimal_rounded": "cast(round(two, 4) as decimal(18, 4))",
        "fewer_places": "cast(cast(cast(two as decimal(18, 4)) as decimal(18, 1)) as string)",
        "product": f"cast(round({points} * {weight} * cast(0.01 as decimal(3, 2)), 4) as decimal(18, 4))",
        "limits": f"greatest(least({points}, cast(100 as decimal(18, 4))), cast(null as decimal(18, 4)))",
        "half_life": "cast({{ rounded('power(cast(0.5 as double), abs(two) / 30.0)', 6) }} as decimal(18, 6))",
        "whole_part": "cast(floor(one / 7) as bigint)",
    }
    return Case({"one": "double", "two": "decimal(18, 6)"}, rows, probes)


def _values_for_the_crm() -> Case:
    rows = [
        (text, kind, decimals, empty)
        for text in [*NUMBER_TEXTS, *_texts(100), None]
        for kind in ("number", "text")
        for decimals in (0, 2)
        for empty in (None, 0)
    ]
    rows = [row for row in rows if row[0] not in ("1e400", "1e99", "9999999999999999999", "9007199254740993")]
    probes = {"canonical": "{{ sync_value('one', 'given') }}"}
    columns = {"one": "varchar", "value_type": "varchar", "decimals": "integer", "empty_number": "integer"}
    return Case(columns, rows, probes)


def _functions_on_texts() -> Case:
    rows = [(text, CHANCE.choice(_texts(5))) for text in [*_texts(1500), *EMAILS, None]]
    probes = {
        "trimmed": "{{ trim_blanks('one') }}",
        "read": "{{ read_text('one') }}",
        "address": "{{ read_email_address('one') }}",
        "lower_case": "{{ lower_case('one') }}",
        "digits": "{{ digits_of('one') }}",
        "address_key": "{{ address_key('one', 4) }}",
        "page": "{{ url_path('one') }}",
        "local_part": "{{ dbt.split_part('one', \"'@'\", 1) }}",
        "domain": "{{ dbt.split_part('one', \"'@'\", 2) }}",
        "joined": "{{ dbt.concat(['one', 'other']) }}",
        "those_known": "concat_ws('; ', one, cast(null as string), other)",
        "start": "left(one, 5)",
        "kept": "{{ kept_value('one') }}",
        "before": "one < other",
        "smaller": "least(one, other)",
        "like_it": "lower(one) like '%a%_9%'",
        "first_character": "substr(one, 1, 1)",
        "last_character": "substr(one, -1)",
        "distinct": "one is distinct from other",
    }
    return Case({"one": "varchar", "other": "varchar"}, rows, probes)


def _order() -> Case:
    texts = [CHANCE.choice([*_texts(40), None]) for _ in range(600)]
    rows = [(text, CHANCE.choice([*_numbers(0)[:8], None]), CHANCE.choice("abc")) for text in texts]
    place = "row_number() over (partition by three order by {}, row_id asc)"
    probes = {
        "texts": place.format("one asc nulls last"),
        "texts_down": place.format("one desc nulls last"),
        "numbers": place.format("two asc nulls first"),
        "smallest": "min_by(one, row_id) filter (where one is not null) over (partition by three)",
        "least_text": "min(one) over (partition by three)",
        "largest_truth": "max(two > 0) over (partition by three)",
        "last_so_far": "max(two) over (partition by three order by row_id)",
    }
    return Case({"one": "varchar", "two": "double", "three": "varchar"}, rows, probes)


def _objects(count: int) -> list[dict[str, Any]]:
    values: list[Any] = [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        12000000,
        1.2e7,
        1e21,
        "",
        " ",
        "a b",
        'say "yes"',
        "a\\b",
        "é🙂",
    ]
    names = ["lead_grade", "score", "Größe", "a.b", "a b", "x'y"]
    return [{name: CHANCE.choice(values) for name in CHANCE.sample(names, CHANCE.randint(0, 5))} for _ in range(count)]


def _entries_of_json() -> Case:
    texts = [json.dumps(entry, ensure_ascii=CHANCE.choice((True, False))) for entry in _objects(300)]
    entries = (
        "(select count(*) || ' ' || min(entries.key) || ' ' || "
        "coalesce(min({{ json_entry_text('entries.value') }}), '-') from (select one) as given "
        "{{ json_entries('one', 'entries') }})"
    )
    return Case({"one": "varchar"}, [(text,) for text in [*texts, "{}", None]], {"entries_of_it": entries})


def _clocks_of_places() -> Case:
    zones = ("UTC", "America/New_York", "Europe/Berlin", "Europe/London", "Asia/Singapore", "Australia/Lord_Howe")
    changes = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1))]
    near = [change + timedelta(minutes=15 * step) for change in changes for step in range(-8, 16)]
    times = [time.replace(microsecond=0) for time in [*_times(300), *near] if time.year < 2038]
    rows = [(time, zone) for time in times for zone in zones]
    # by day: at night clocks may leave out an hour or have it twice
    by_day = "cast(concat(cast(cast(one as date) as string), ' 09:30:00') as timestamp)"
    probes = {
        "on_the_wall": "{{ local_time('one', 'zone') }}",
        "local_date": "cast({{ local_time('one', 'zone') }} as date)",
        "instant": '{{ instant_of("' + by_day + '", "zone") }}',
        "weekday": "{{ weekday('cast(one as date)') }}",
    }
    return Case({"one": "timestamp", "zone": "varchar"}, rows, probes)


def _walks() -> Case:
    def transitions() -> str:
        return "".join(
            f"|{state}{signal}{CHANCE.choice('ABCD')}"
            for state in ".ABCD"
            for signal in "STUV"
            if CHANCE.random() < 0.5
        )

    rows = [("".join(CHANCE.choices("STUV", k=CHANCE.randint(1, 30))), transitions()) for _ in range(400)]
    probes = {"states": "{{ walked_states('signs', 'map') }}", "listed": "{{ is_listed('signs', 'map') }}"}
    return Case({"signs": "varchar", "map": "varchar"}, rows, probes)


CASES = {
    "time_between": _time_between(),
    "time_ahead": _time_ahead(),
    "parts_and_texts_of_times": _parts_and_texts_of_times(),
    "times_in_texts": _times_in_texts(),
    "numbers_in_texts": _numbers_in_texts(),
    "numbers_of_every_type": _numbers_of_every_type(),
    "texts_of_numbers": _texts_of_numbers(),
    "rounding": _rounding(),
    "values_for_the_crm": _values_for_the_crm(),
    "functions_on_texts": _functions_on_texts(),
    "order": _order(),
    "entries_of_json": _entries_of_json(),
    "clocks_of_places": _clocks_of_places(),
    "walks": _walks(),
}


@pytest.fixture(scope="module")
def engines(thrift: Thrift, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """DuckDB and Spark with all cases."""
    return Engines(thrift, tmp_path_factory.mktemp("probes"), CASES)


@pytest.mark.parametrize("name", CASES)
def test_engines_agree(name: str, engines: Engines) -> None:
    found = engines.differences(name)
    said = "\n".join(
        f"{one.probe} {one.inputs!r}: DuckDB {one.duckdb!r}, Spark {one.spark!r}" for one in found[:MOST_SAID]
    )
    assert not found, f"{len(found)} answers differ\n{said}"
