"""The same scores in polars. Written by the Leadhouse team as users of polars; objections welcome.

How it was tuned: lazy scans that read only the columns that scores need, the streaming engine for what is long,
patterns on distinct values, numbers instead of names for people and pages. Threads: as many as the machine has cores
(polars' own choice).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path

import polars as pl

from benchmarks.peers.policy import UNITS, Policy, Row, like, read_policy
from benchmarks.peers.raw_files import ADDRESS, BLANKS, NUMBER, by_type, load_time, raw_files

JUDGED = ["opened", "clicked", "unsubscribed"]
FIELDS = [
    "email",
    "phone",
    "company",
    "website",
    "title",
    "industry",
    "annual_revenue",
    "employee_count",
    "country",
    "region",
]
FIELDS += ["lead_source", "campaign_id", "status"]


def run(raw: Path, seeds: Path, out: Path, as_of: datetime) -> None:
    """Score from raw files.

    Args:
        raw: the landed files.
        seeds: the project's seeds.
        out: an empty folder; gets ``lead_scores.parquet`` and ``lead_score_contributions.parquet``, points in whole
            ten-thousandths.
        as_of: the instant that scores are made for, without a time zone, in UTC.
    """
    policy = read_policy(seeds)
    persons, holders, extra = people(raw, policy, as_of)
    leads = merged(persons)
    numbers = leads.select("lead_id", "lead_no")
    persons = persons.join(numbers, on="lead_id")
    addresses = (
        holders.join(persons.select("record_key", "lead_no"), on="record_key")
        .group_by("email")
        .agg(pl.col("lead_no").min(), pl.col("lead_no").n_unique().alias("owners"))
        .filter(pl.col("owners") == 1)
        .select(pl.col("email").alias("identifier"), "lead_no")
    )
    # an id that a lead and a contact share names neither
    identifiers = (
        pl.concat([addresses, persons.select(pl.col("record_id").alias("identifier"), "lead_no")])
        .group_by("identifier")
        .agg(pl.col("lead_no").min(), pl.col("lead_no").n_unique().alias("owners"))
        .filter(pl.col("owners") == 1)
        .drop("owners")
    )
    profile, disqualified = profile_contributions(raw, policy, leads, persons, extra, as_of)
    daily, kinds = activity(raw, policy, addresses, identifiers, as_of)
    engagement = engagement_contributions(policy, leads, daily, kinds, as_of.date())
    write(policy, leads, profile, engagement, disqualified, out)


# Values ---------------------------------------------------------------------------------------------------------------


def text(name: str) -> pl.Expr:
    """Text without blanks around it; blank text is null."""
    stripped = pl.col(name).str.strip_chars(BLANKS)
    return pl.when(stripped != "").then(stripped)


def address(name: str) -> pl.Expr:
    """An e-mail address in lower case; null when it has no shape of an address."""
    return pl.when(text(name).str.contains(ADDRESS)).then(text(name).str.to_lowercase())


def time(name: str) -> pl.Expr:
    """A time in UTC from text; null when it is none."""
    plain = text(name).str.replace("T", " ", literal=True).str.replace("(Z|[+]00(:?00)?)$", "")
    shifted = (
        text(name)
        .str.replace("T", " ", literal=True)
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", strict=False)
    )
    return pl.coalesce(
        plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False),
        plain.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False),
        plain.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")),
        shifted.dt.replace_time_zone(None),
    )


def number(name: str) -> pl.Expr:
    """A finite number from text, a currency sign and separators read away; null when it is none."""
    return pl.when(text(name).str.contains(NUMBER)).then(
        text(name).str.replace_all("[,$€£ ]", "").cast(pl.Float64, strict=False)
    )


def flag(name: str) -> pl.Expr:
    """True or false from text; null when it is neither."""
    lowered = text(name).str.to_lowercase()
    return (
        pl.when(lowered.is_in(["true", "t", "yes", "y", "1"]))
        .then(True)
        .when(lowered.is_in(["false", "f", "no", "n", "0"]))
        .then(False)
        .alias(name)
    )


def page(name: str) -> pl.Expr:
    """A page without query and fragment."""
    return pl.col(name).str.replace(r"(?s)[?#].*$", "").str.to_lowercase()


def half_up(value: pl.Expr) -> pl.Expr:
    """To a whole number, halves away from zero."""
    return (value.sign() * (value.abs() + 0.5).floor()).cast(pl.Int64)


def seconds(name: str) -> pl.Expr:
    """Whole seconds since 1970."""
    return pl.col(name).dt.epoch("us") // 1_000_000


def days_before(name: str, today: date) -> pl.Expr:
    """How many days ago."""
    return (pl.lit(today) - pl.col(name)).dt.total_days()


# People ---------------------------------------------------------------------------------------------------------------


def crm_table(raw: Path, name: str, policy: Policy, columns: list[str]) -> pl.DataFrame:
    """A table of the CRM as text, with the times of its rows and their place in the order of arrival."""
    wanted = [*columns, "created_at", "updated_at", "loaded_at", "source_row_number"]
    frames = []
    for file_no, file in enumerate(raw_files(raw / "crm" / name)):
        frame = pl.read_parquet(file, hive_partitioning=False)
        frame = frame.select(
            *(pl.col(column).cast(pl.String) for column in wanted if column in frame.columns),
            pl.lit(file_no).alias("file_no"),
            pl.int_range(pl.len()).alias("row_no"),
            pl.lit(load_time(file))
            .str.to_datetime("%Y%m%dT%H%M%S%6f", time_unit="us", strict=False)
            .alias("landed_at"),
        )
        frames.append(frame)
    earliest, ahead = policy.limits["crm"]
    table = pl.concat(frames, how="diagonal").with_columns(
        pl.when(time("loaded_at") >= earliest)
        .then(time("loaded_at"))
        .otherwise(pl.col("landed_at"))
        .alias("arrived_at")
    )
    times = [column for column in ("created_at", "updated_at", "observed_at") if column in table.columns]
    return table.with_columns(
        pl.when(time(column).is_between(pl.lit(earliest), pl.col("arrived_at") + ahead))
        .then(time(column))
        .alias(column)
        for column in times
    )


def versions(table: pl.DataFrame, earliest: datetime) -> pl.DataFrame:
    """The versions of each record, and when each was valid."""
    dated = table.with_columns(
        pl.coalesce(
            "updated_at",
            pl.when(pl.col("updated_at").max().over("record_id").is_null())
            .then(pl.col("arrived_at"))
            .otherwise(pl.col("created_at")),
            "arrived_at",
        ).alias("version_at"),
        pl.coalesce(pl.col("created_at").min().over("record_id"), pl.lit(earliest)).alias("first_created_at"),
    )
    latest = (
        dated.sort("record_id", "version_at", "arrived_at", "file_no", "row_no")
        .unique(["record_id", "version_at"], keep="last", maintain_order=True)
        .with_columns(pl.col("version_at").shift(-1).over("record_id").alias("valid_to"))
    )
    is_first = pl.col("record_id").is_first_distinct()
    return latest.with_columns(
        pl.when(is_first)
        .then(pl.min_horizontal("version_at", "first_created_at"))
        .otherwise("version_at")
        .alias("valid_from")
    )


def is_valid(as_of: datetime) -> pl.Expr:
    """Whether a version is the one of the as-of time."""
    return (pl.col("valid_from") <= as_of) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))


def people(raw: Path, policy: Policy, as_of: datetime) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The records of all persons, who holds which address, and the CRM's own columns of lead records."""
    earliest = policy.limits["crm"][0]
    common = ["master_record_id", "is_deleted", *FIELDS]
    cells = [
        text("record_id").alias("record_id"),
        text("master_record_id"),
        flag("is_deleted"),
        address("email"),
        *(text(name) for name in FIELDS if name not in ("email", "annual_revenue", "employee_count")),
        number("annual_revenue"),
        pl.when(number("employee_count") % 1 == 0).then(number("employee_count")).alias("employee_count"),
    ]
    is_sound = pl.col("record_id").is_not_null() & pl.col("created_at").is_not_null()
    leads = crm_table(raw, "leads", policy, ["lead_id", "converted_contact_id", "extra_columns", *common])
    leads = leads.rename({"lead_id": "record_id"}).with_columns(
        *cells, text("converted_contact_id"), text("extra_columns")
    )
    leads = versions(leads.filter(is_sound), earliest).with_columns(pl.lit("lead").alias("record_type"))
    contacts = crm_table(raw, "contacts", policy, ["contact_id", "account_id", *common])
    contacts = contacts.rename({"contact_id": "record_id"}).with_columns(*cells, text("account_id"))
    contacts = versions(contacts.filter(is_sound), earliest).with_columns(pl.lit("contact").alias("record_type"))
    key = pl.concat_str("record_type", pl.lit(":"), "record_id").alias("record_key")
    leads, contacts = leads.with_columns(key), contacts.with_columns(key)

    shared = ["website", "industry", "annual_revenue", "employee_count", "country", "region"]
    accounts = crm_table(raw, "accounts", policy, ["account_id", "name", *shared]).rename({"account_id": "record_id"})
    accounts = accounts.with_columns(
        *(text(name) for name in ("record_id", "name", "website", "industry", "country", "region")),
        number("annual_revenue"),
        pl.when(number("employee_count") % 1 == 0).then(number("employee_count")).alias("employee_count"),
    )
    accounts = versions(accounts.filter(pl.col("record_id").is_not_null()), earliest).filter(is_valid(as_of))
    accounts = accounts.select(
        pl.col("record_id").alias("account_id"),
        pl.col("name").alias("account_company"),
        *(pl.col(name).alias(f"account_{name}") for name in shared),
    )
    owned = contacts.filter(is_valid(as_of)).join(accounts, on="account_id", how="left")
    owned = owned.with_columns(pl.coalesce(name, f"account_{name}").alias(name) for name in ["company", *shared])

    wanted = ["record_key", "record_type", "record_id", "created_at", "updated_at", "converted_contact_id", *common]
    records = pl.concat(
        [
            leads.filter(is_valid(as_of)).select(wanted),
            owned.with_columns(converted_contact_id=pl.lit(None, pl.String)).select(wanted),
        ]
    )
    holders = (
        pl.concat([table.select("record_key", "email", "valid_from") for table in (leads, contacts)])
        .filter(pl.col("email").is_not_null() & (pl.col("valid_from") <= as_of))
        .select("record_key", "email")
        .unique()
    )
    extra = leads.filter(is_valid(as_of) & pl.col("extra_columns").is_not_null()).select("record_id", "extra_columns")
    return tied(records, edges(records, holders, policy, as_of)), holders, extra


def edges(records: pl.DataFrame, holders: pl.DataFrame, policy: Policy, as_of: datetime) -> pl.DataFrame:
    """What ties two records to one person, in both directions."""
    one_person = holders.filter(~pl.col("email").str.split("@").list.first().is_in(list(policy.shared_mailboxes)))
    merges = [
        (f"{row['record_type']}:{row['record_id']}", f"{row['same_as_record_type']}:{row['same_as_record_id']}")
        for row in policy.manual_merges
        if row["merged_at"] is None or datetime.fromisoformat(row["merged_at"]) <= as_of
    ]
    named = pl.concat(
        [
            records.filter(pl.col("master_record_id").is_not_null()).select(
                "record_key", other_key=pl.concat_str("record_type", pl.lit(":"), "master_record_id")
            ),
            records.filter(pl.col("converted_contact_id").is_not_null()).select(
                "record_key", other_key=pl.concat_str(pl.lit("contact:"), "converted_contact_id")
            ),
            pl.DataFrame(merges, schema={"record_key": pl.String, "other_key": pl.String}, orient="row"),
            one_person.select("record_key", other_key=pl.col("record_key").min().over("email")).filter(
                pl.col("record_key") != pl.col("other_key")
            ),
        ]
    )
    known = named.join(records, on="record_key", how="semi").join(
        records, left_on="other_key", right_on="record_key", how="semi"
    )
    return pl.concat(
        [known, known.select(pl.col("other_key").alias("record_key"), pl.col("record_key").alias("other_key"))]
    )


def tied(records: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Records with the lead that their person is, and the rank of their values among the person's."""
    labels = ties.select("record_key", person_key="record_key").unique()
    while True:
        nearest = (
            ties.join(labels, left_on="other_key", right_on="record_key")
            .group_by("record_key")
            .agg(pl.col("person_key").min().alias("nearest_key"))
        )
        moved = labels.join(nearest, on="record_key").select(
            "record_key", pl.min_horizontal("person_key", "nearest_key").alias("person_key")
        )
        if moved.sort("record_key").equals(labels.sort("record_key")):
            break
        labels = moved
    persons = records.join(labels, on="record_key", how="left").with_columns(
        pl.coalesce("person_key", "record_key").alias("person_key"),
        (~pl.col("is_deleted").fill_null(False) & pl.col("master_record_id").is_null()).alias("is_live"),
    )
    persons = persons.sort(
        ["record_type", "is_live", "created_at", "record_id"], descending=[True, True, False, False]
    ).with_columns(
        pl.when(pl.col("record_type") == "lead")
        .then("record_id")
        .otherwise("record_key")
        .first()
        .over("person_key")
        .alias("lead_id")
    )
    return persons.sort(
        ["is_live", "record_type", "updated_at", "created_at", "record_id"],
        descending=[True, False, True, True, False],
        nulls_last=[False, False, True, True, False],
    ).with_columns(pl.int_range(pl.len()).over("person_key").alias("value_rank"))


def merged(persons: pl.DataFrame) -> pl.DataFrame:
    """One row a person: the best known value of each field."""
    best = (
        persons.sort("value_rank")
        .group_by("lead_id", maintain_order=True)
        .agg(
            pl.col("created_at").min().dt.date().alias("created_on"),
            *(pl.col(name).drop_nulls().first() for name in FIELDS),
        )
    )
    return best.sort("lead_id").with_row_index("lead_no")


# Profile --------------------------------------------------------------------------------------------------------------


def profile_contributions(
    raw: Path, policy: Policy, leads: pl.DataFrame, persons: pl.DataFrame, extra: pl.DataFrame, as_of: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the profile, and who is disqualified in which model by which rule."""
    domain = pl.col("email").str.split("@").list.get(1, null_on_oob=True)
    fields = leads.with_columns(
        pl.when(pl.col("email").is_not_null())
        .then(domain.replace_strict(policy.mail_domains, default="business", return_dtype=pl.String))
        .alias("email_domain_kind")
    )
    known = [name for name in [*FIELDS, "email_domain_kind"] if name in policy.attributes]
    told = fields.select("lead_no", *(pl.col(name).cast(pl.String) for name in known)).unpivot(
        index="lead_no", variable_name="attribute", value_name="value"
    )
    lead_records = persons.filter(pl.col("record_type") == "lead").select("record_id", "lead_no", "value_rank")
    own_columns = [
        extra.select(
            "record_id",
            pl.lit(name).alias("attribute"),
            pl.col("extra_columns").str.json_path_match(f"$['{name}']").alias("value"),
        )
        for name in sorted(policy.attributes)
    ]
    own = (
        pl.concat(own_columns)
        .with_columns(text("value"))
        .filter(pl.col("value").is_not_null())
        .join(lead_records, on="record_id")
        .sort("value_rank")
        .unique(["lead_no", "attribute"], keep="first")
        .select("lead_no", "attribute", "value")
    )
    observed = crm_table(raw, "lead_attributes", policy, ["lead_id", "attribute", "value", "observed_at"])
    observed = (
        observed.with_columns(text("lead_id").alias("record_id"), text("attribute"), text("value"))
        .filter(pl.col("attribute").is_in(list(policy.attributes)) & (pl.col("observed_at").fill_null(as_of) <= as_of))
        .join(lead_records, on="record_id")
        .select("lead_no", "attribute", "value")
    )
    values = pl.concat([told, own, observed]).filter(pl.col("value").str.strip_chars(" ") != "").unique()
    matches = profile_matches(policy, leads, values)

    criteria = pl.DataFrame(policy.criteria_of("dimension", "profile")).select("scoring_model", "criterion")
    rules = pl.DataFrame(
        [
            {name: row[name] for name in ("rank", "scoring_model", "criterion", "rule_id", "points")}
            for row in policy.profile_rules
        ]
    )
    negative = [row["rank"] for row in policy.profile_rules if row["percent"] < 0]
    disqualifying = [row["rank"] for row in policy.profile_rules if row["is_disqualifying"]]
    looks_at = pl.DataFrame(
        [{name: row[name] for name in ("scoring_model", "criterion", "attribute")} for row in policy.profile_rules]
    ).unique()
    found = matches.join(rules, on="rank")
    best = (
        found.filter(~pl.col("rank").is_in(negative))
        .group_by("lead_no", "scoring_model", "criterion")
        .agg(pl.col("rank").min())
    )
    is_known = (
        values.select("lead_no", "attribute")
        .unique()
        .join(looks_at, on="attribute")
        .select("lead_no", "scoring_model", "criterion")
        .unique()
        .with_columns(is_known=True)
    )
    keys = ["lead_no", "scoring_model", "criterion"]
    rows = (
        leads.select("lead_no")
        .join(criteria, how="cross")
        .join(best, on=keys, how="left")
        .join(rules.select("rank", "rule_id", "points"), on="rank", how="left")
        .join(is_known, on=keys, how="left")
        .select(
            *keys,
            pl.coalesce(
                "rule_id", pl.when(pl.col("is_known")).then(pl.lit("no_match")).otherwise(pl.lit("unknown"))
            ).alias("rule_id"),
            pl.col("points").fill_null(0),
        )
    )
    columns = [*keys, "rule_id", "points"]
    rows = pl.concat([rows, found.filter(pl.col("rank").is_in(negative)).select(columns)])
    disqualified = (
        found.filter(pl.col("rank").is_in(disqualifying))
        .group_by("lead_no", "scoring_model")
        .agg(pl.col("rule_id").min().alias("disqualified_by"))
    )
    return rows, disqualified


def profile_matches(policy: Policy, leads: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Which rule fits which lead; rules meet distinct values."""
    distinct = (
        values.select("attribute", "value")
        .unique()
        .with_columns(
            pl.col("value").str.strip_chars(" ").str.to_lowercase().alias("compared"),
            pl.col("value").str.strip_chars(" ").cast(pl.Float64, strict=False).alias("number"),
        )
    )
    found = []
    for rule in policy.profile_rules:
        if rule["operator"] != "unknown":
            fitting = distinct.filter((pl.col("attribute") == rule["attribute"]) & fits(rule))
            found.append(
                values.join(fitting, on=["attribute", "value"], how="semi").select(
                    "lead_no", pl.lit(rule["rank"]).alias("rank")
                )
            )
        else:
            having = values.filter(pl.col("attribute") == rule["attribute"])
            found.append(
                leads.join(having, on="lead_no", how="anti").select("lead_no", pl.lit(rule["rank"]).alias("rank"))
            )
    return pl.concat(found).unique()


def fits(rule: Row) -> pl.Expr:
    """Whether a rule fits a value."""
    wanted = [part.strip(" ").lower() for part in (rule["value"] or "").split("|")]
    if rule["operator"] == "equals":
        return pl.col("compared") == (rule["value"] or "").strip(" ").lower()
    if rule["operator"] == "in":
        return pl.col("compared").is_in(wanted)
    if rule["operator"] == "like":
        return pl.col("compared").str.contains(like(wanted))
    if rule["operator"] == "known":
        return pl.lit(True)
    within = pl.col("number").is_finite()
    if rule["range_from"] is not None:
        within &= pl.col("number") >= rule["range_from"]
    if rule["range_to"] is not None:
        within &= pl.col("number") < rule["range_to"]
    return within


# Events ---------------------------------------------------------------------------------------------------------------


def events(
    raw: Path, source: str, policy: Policy, columns: list[pl.Expr], required: list[str], wanted: pl.Expr
) -> pl.DataFrame:
    """Sound events of a source up to any time, each id once.

    Args:
        raw: the landed files.
        source: whose events.
        policy: for the limits of time.
        columns: what to read.
        required: which of these must be known.
        wanted: which rows are kept, once it is settled which rows of an id count.
    """
    typed, as_text = by_type(raw / source / "events")
    contract = pl.read_parquet_schema(typed[-1])
    earliest, ahead = policy.limits[source]
    landed = {str(file): load_time(file) for file in typed + as_text}
    scans = [
        pl.scan_parquet(
            typed,
            schema=contract,
            missing_columns="insert",
            extra_columns="ignore",
            hive_partitioning=False,
            include_file_paths="path",
        )
        .with_columns(file_no=pl.lit(0))
        .with_row_index("row_no")
    ]
    for file in as_text:
        scan = pl.scan_parquet(file, hive_partitioning=False, include_file_paths="path")
        held = scan.collect_schema().names()
        scan = scan.with_columns(pl.col(name).cast(pl.String) for name in held)
        scan = scan.with_columns(pl.lit(None, pl.String).alias(name) for name in contract if name not in held)
        scan = scan.with_row_index("row_no").with_columns(time("occurred_at"), time("loaded_at"))
        if "dwell_seconds" in contract:
            scan = scan.with_columns(number("dwell_seconds"))
        scans.append(scan)
    shaped = []
    for scan in scans:
        arrived = (
            pl.when(pl.col("loaded_at") >= earliest)
            .then("loaded_at")
            .otherwise(
                pl.col("path")
                .replace_strict(landed, return_dtype=pl.String)
                .str.to_datetime("%Y%m%dT%H%M%S%6f", time_unit="us", strict=False)
            )
        )
        shaped.append(
            scan.with_columns(arrived.alias("arrived_at")).select(
                text("event_id").alias("event_id"),
                pl.when(pl.col("occurred_at").is_between(pl.lit(earliest), pl.col("arrived_at") + ahead))
                .then("occurred_at")
                .alias("at"),
                "arrived_at",
                "path",
                "row_no",
                *columns,
            )
        )
    is_sound = reduce(
        lambda one, other: one & other, (pl.col(name).is_not_null() for name in ["event_id", "at", *required])
    )
    sound = pl.concat(shaped).filter(is_sound)
    repeated = (
        sound.select("event_id")
        .group_by("event_id")
        .len()
        .filter(pl.col("len") > 1)
        .select("event_id")
        .collect(engine="streaming")
    )
    first = (
        sound.join(repeated.lazy(), on="event_id", how="semi")
        .with_columns(pl.col("path").str.extract("([^/]+)[.]parquet$").alias("file_id"))
        .sort("arrived_at", "file_id", "row_no")
        .unique("event_id", keep="first", maintain_order=True)
        .drop("file_id")
    )
    once = pl.concat([sound.join(repeated.lazy(), on="event_id", how="anti"), first])
    return once.filter(wanted).drop("event_id", "arrived_at", "path", "row_no").collect(engine="streaming")


def activity(
    raw: Path, policy: Policy, addresses: pl.DataFrame, identifiers: pl.DataFrame, as_of: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each lead did on each day, robots left out, by kind; and what each kind is."""
    until = pl.col("at") <= as_of
    engaging = {row["event_type"] for row in policy.event_types if row["source"] == "email"} | set(JUDGED)
    mails = events(
        raw,
        "email",
        policy,
        [
            address("recipient"),
            text("event_type"),
            text("message_id"),
            text("url"),
            text("user_agent"),
            text("ip"),
            text("http_method"),
        ],
        ["recipient", "event_type"],
        until & pl.col("event_type").is_in([*engaging, "sent", "delivered"]),
    )
    web = events(
        raw,
        "web",
        policy,
        [
            text("anonymous_id").alias("device"),
            text("event_type"),
            text("user_id"),
            address("email"),
            text("url"),
            text("user_agent"),
            text("ip"),
            pl.col("dwell_seconds"),
        ],
        ["device", "event_type"],
        until,
    )
    messages = events(
        raw,
        "messaging",
        policy,
        [text("channel"), text("recipient"), text("event_type"), text("url")],
        ["channel", "recipient", "event_type"],
        until,
    )

    actions, spans = judged_mails(policy, mails, engaging)
    owned = owned_visits(web, identifiers, as_of)
    del web
    robots = robot_values(owned, "user_agent", like(policy.agents), lowered=True)
    networks = robot_values(owned, "ip", like(policy.networks))
    owned = owned.filter(
        ~pl.col("user_agent").is_in(robots).fill_null(False) & ~pl.col("ip").is_in(networks).fill_null(False)
    )
    owned = untainted(owned.with_columns(seconds("at").alias("second")), spans, pl.lit(True))

    seen = [
        owned.with_columns(channel=pl.lit("web"), source=pl.lit("web")),
        actions.join(addresses, left_on="recipient", right_on="identifier").with_columns(
            channel=pl.lit("email"), source=pl.lit("email"), dwell_seconds=pl.lit(None, pl.Float64)
        ),
        messages.join(identifiers, left_on="recipient", right_on="identifier").with_columns(
            source=pl.lit("messaging"), dwell_seconds=pl.lit(None, pl.Float64)
        ),
    ]
    wanted = ["lead_no", "at", "source", "channel", "event_type", "url", "dwell_seconds"]
    happened = pl.concat([frame.select(wanted) for frame in seen])
    pages, kinds = kinds_of_pages(policy, happened)
    quantity = (
        pl.when(pl.col("dwell_seconds").is_not_null() & pl.col("quantity_divisor").is_not_null())
        .then(pl.min_horizontal(pl.col("dwell_seconds") / pl.col("quantity_divisor"), "quantity_cap"))
        .otherwise(1.0)
    )
    daily = (
        happened.lazy()
        .join(pages.lazy(), on=["source", "channel", "event_type", "url"], nulls_equal=True)
        .group_by("lead_no", pl.col("at").dt.date().alias("day"), "kind")
        .agg(pl.len().alias("events"), (quantity * UNITS + 0.5 + 1e-9).floor().cast(pl.Int64).sum().alias("quantity"))
        .collect(engine="streaming")
    )
    return daily, kinds


def robot_values(frame: pl.DataFrame, column: str, pattern: str, *, lowered: bool = False) -> pl.Series:
    """The distinct values of a column that a pattern fits."""
    values = frame.get_column(column).unique().drop_nulls()
    return values.filter((values.str.to_lowercase() if lowered else values).str.contains(pattern)).implode()


def judged_mails(policy: Policy, mails: pl.DataFrame, engaging: set[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What people did with mails, and when which address is tainted."""
    mails = mails.with_columns(seconds("at").alias("second"))
    deliveries = (
        mails.filter(pl.col("event_type").is_in(["sent", "delivered"]) & pl.col("message_id").is_not_null())
        .group_by("recipient", "message_id")
        .agg(
            pl.col("second").filter(pl.col("event_type") == "delivered").min().alias("delivered"),
            pl.col("second").min().alias("sent"),
        )
        .select("recipient", "message_id", pl.coalesce("delivered", "sent").alias("delivered"))
    )
    actions = mails.filter(pl.col("event_type").is_in(list(engaging))).with_row_index("action_no")
    is_judged = pl.col("event_type").is_in(JUDGED)
    visits = actions.filter(pl.col("event_type").is_in(["clicked", "unsubscribed"])).with_columns(
        pl.coalesce(page("url"), "event_type").alias("link")
    )
    rules, signals = policy.bot_rules, []
    columns = ["action_no", "ip", "second"]
    if rule := rules.get("honeypot_link"):
        links = visits.get_column("link").unique()
        trapped = links.filter(links.str.contains(like([rule["url_pattern"]]))).implode()
        signals.append((rule, visits.filter(pl.col("link").is_in(trapped)).select(columns)))
    if rule := rules.get("too_fast"):
        fast = visits.join(deliveries, on=["recipient", "message_id"]).filter(
            pl.col("second") - pl.col("delivered") < rule["threshold_seconds"]
        )
        signals.append((rule, fast.select(columns)))
    if rule := rules.get("link_burst"):
        message = ["recipient", "message_id"]
        # a burst needs as many visits of one mail as it has links
        busy = visits.filter(pl.col("message_id").is_not_null() & (pl.len().over(message) >= rule["threshold_count"]))
        bursts = (
            busy.select("action_no", "second", *message)
            .join(busy.select(*message, "link", pl.col("second").alias("other_second")), on=message)
            .filter((pl.col("second") - pl.col("other_second")).abs() <= rule["threshold_seconds"])
            .group_by("action_no")
            .agg(pl.col("link").n_unique().alias("links"))
            .filter(pl.col("links") >= rule["threshold_count"])
        )
        loud = visits if rule["threshold_count"] <= 1 else visits.join(bursts, on="action_no", how="semi")
        signals.append((rule, loud.select(columns)))
    if rule := rules.get("head_request"):
        asked = actions.filter(is_judged & (pl.col("http_method").str.to_uppercase() == "HEAD"))
        signals.append((rule, asked.select(columns)))
    agents = robot_values(actions, "user_agent", like(policy.agents), lowered=True)
    networks = robot_values(actions, "ip", like(policy.networks))
    for name, condition in (
        ("user_agent", pl.col("user_agent").is_in(agents)),
        ("network", pl.col("ip").is_in(networks)),
    ):
        if name in rules:
            signals.append((rules[name], actions.filter(is_judged & condition).select(columns)))
    if rule := rules.get("privacy_open"):
        for agent, pattern in policy.proxies:
            signals.append(
                (
                    rule,
                    actions.filter(
                        (pl.col("event_type") == "opened")
                        & (pl.col("user_agent").str.to_lowercase() == agent)
                        & pl.col("ip").str.contains(like([pattern]))
                    ).select(columns),
                )
            )
    robots = pl.concat([frame.select("action_no") for _, frame in signals]).unique()
    tainting = [frame for rule, frame in signals if rule["taints_address"]]
    spans = pl.DataFrame(schema={"ip": pl.String, "from_second": pl.Int64, "to_second": pl.Int64})
    if tainting and "tainted_address" in rules:
        spans = tainted_spans(pl.concat(tainting), rules["tainted_address"]["threshold_seconds"])
    people = actions.join(robots, on="action_no", how="anti")
    return untainted(people, spans, is_judged), spans


def tainted_spans(tainting: pl.DataFrame, threshold: int) -> pl.DataFrame:
    """When an address is tainted, in seconds; spans of one address do not overlap."""
    marks = tainting.filter(pl.col("ip").is_not_null()).select("ip", "second").unique().sort("ip", "second")
    apart = (pl.col("second").diff().over("ip") > 2 * threshold).fill_null(True)
    return (
        marks.with_columns(apart.cum_sum().over("ip").alias("span"))
        .group_by("ip", "span")
        .agg(
            (pl.col("second").min() - threshold).alias("from_second"),
            (pl.col("second").max() + threshold).alias("to_second"),
        )
        .drop("span")
    )


def untainted(frame: pl.DataFrame, spans: pl.DataFrame, is_judged: pl.Expr) -> pl.DataFrame:
    """Without what came from an address while it was tainted."""
    numbered = frame.with_row_index("place")
    tainted = (
        numbered.filter(is_judged)
        .select("place", "ip", "second")
        .join(spans, on="ip")
        .filter(pl.col("second").is_between("from_second", "to_second"))
    )
    return numbered.join(tainted, on="place", how="anti").drop("place")


def owned_visits(web: pl.DataFrame, identifiers: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Web events with the lead whose device it was at that time."""
    named = (
        web.filter(pl.col("user_id").is_not_null() | pl.col("email").is_not_null())
        .select("device", "at", "user_id", "email")
        .join(identifiers.rename({"lead_no": "by_email"}), left_on="email", right_on="identifier", how="left")
        .join(identifiers.rename({"lead_no": "by_user_id"}), left_on="user_id", right_on="identifier", how="left")
        .select("device", "at", pl.coalesce("by_email", "by_user_id").alias("lead_no"))
        .filter(pl.col("lead_no").is_not_null())
        .group_by("device", "at")
        .agg(pl.col("lead_no").min())
        .sort("device", "at")
    )
    before = pl.col("lead_no").shift(1).over("device")
    changes = named.filter(before.is_null() | (before != pl.col("lead_no")))
    periods = changes.select(
        "device",
        "lead_no",
        pl.when(pl.col("device").is_first_distinct())
        .then(pl.lit(datetime(1, 1, 1)))
        .otherwise("at")
        .alias("valid_from"),
        pl.col("at").shift(-1).over("device").fill_null(as_of + timedelta(days=1)).alias("valid_to"),
    )
    return (
        web.lazy()
        .drop("user_id", "email")
        .join(periods.lazy(), on="device")
        .filter((pl.col("at") >= pl.col("valid_from")) & (pl.col("at") < pl.col("valid_to")))
        .drop("device", "valid_from", "valid_to")
        .collect(engine="streaming")
    )


def kinds_of_pages(policy: Policy, happened: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Channel, type of activity and topic of each page and event as one number, its kind; and what each kind is."""
    types = pl.DataFrame(
        policy.event_types, schema_overrides={"quantity_divisor": pl.Float64, "quantity_cap": pl.Float64}
    ).select("source", "event_type", "activity_type", "quantity_divisor", "quantity_cap")
    pages = happened.select("source", "channel", "event_type", "url").unique().join(types, on=["source", "event_type"])
    topic = pl.lit("other")
    for pattern, name in reversed(policy.topics):
        topic = pl.when(pl.col("page").str.contains(like([pattern]))).then(pl.lit(name)).otherwise(topic)
    topics = (
        pages.select("url")
        .unique()
        .drop_nulls()
        .with_columns(page("url").alias("page"))
        .select("url", topic.alias("topic"))
    )
    pages = pages.join(topics, on="url", how="left").with_columns(pl.col("topic").fill_null("other"))
    kinds = pages.select("channel", "activity_type", "topic").unique().with_row_index("kind")
    return pages.join(kinds, on=["channel", "activity_type", "topic"]), kinds


# Engagement -----------------------------------------------------------------------------------------------------------


def kinds_of_rules(rules: list[Row], kinds: pl.DataFrame, key: str) -> pl.DataFrame:
    """Which rule looks at which kind."""
    pairs = [
        {key: rule[key], "kind": kind["kind"]}
        for rule in rules
        for kind in kinds.iter_rows(named=True)
        if rule["activity_type"] == kind["activity_type"]
        and rule["topic"] in (None, kind["topic"])
        and rule["channel"] in (None, kind["channel"])
    ]
    return pl.DataFrame(pairs, schema={key: pl.Int32, "kind": kinds.schema["kind"]})


def engagement_contributions(
    policy: Policy, leads: pl.DataFrame, daily: pl.DataFrame, kinds: pl.DataFrame, today: date
) -> pl.DataFrame:
    """The rows of the engagement."""
    keys = ["lead_no", "scoring_model", "criterion"]
    columns = [*keys, "rule_id", "points"]
    daily = daily.with_columns(days_before("day", today).alias("age"))

    bands = pl.DataFrame(
        policy.band_rules, schema_overrides={"rank": pl.Int32, "topic": pl.String, "channel": pl.String}
    )
    best = (
        daily.filter(pl.col("age") < bands.get_column("within_days").max())
        .join(kinds_of_rules(policy.band_rules, kinds, "rank"), on="kind")
        .join(bands, on="rank")
        .filter(pl.col("age") < pl.col("within_days"))
        .group_by("lead_no", "rank", "scoring_model", "criterion", "at_least")
        .agg(pl.col("events").sum())
        .filter(pl.col("events") >= pl.col("at_least"))
        .group_by(keys)
        .agg(pl.col("rank").min())
    )
    band_rows = (
        leads.select("lead_no")
        .join(pl.DataFrame(policy.criteria_of("shape", "bands")).select("scoring_model", "criterion"), how="cross")
        .join(best, on=keys, how="left")
        .join(bands.select("rank", "rule_id", "points"), on="rank", how="left")
        .select(*keys, pl.col("rule_id").fill_null("no_match"), pl.col("points").fill_null(0))
    )

    fading = pl.concat([decay_rows(policy, daily, kinds, columns), idle_rows(policy, leads, daily, today, columns)])
    limits = pl.DataFrame(
        policy.criteria_of("shape", "decay"), schema_overrides={"max_points": pl.Int64, "min_points": pl.Int64}
    ).select("scoring_model", "criterion", "max_points", "min_points")
    groups = (
        fading.group_by(keys)
        .agg(pl.col("points").sum())
        .join(limits, on=["scoring_model", "criterion"])
        .with_columns(pl.max_horizontal(pl.min_horizontal("points", "max_points"), "min_points").alias("limited"))
        .filter(pl.col("limited") != pl.col("points"))
        .select(
            *keys,
            pl.when(pl.col("limited") < pl.col("points"))
            .then(pl.lit("criterion_cap"))
            .otherwise(pl.lit("criterion_floor"))
            .alias("rule_id"),
            pl.col("limited") - pl.col("points"),
        )
    )
    return pl.concat([band_rows, fading, groups.rename({"limited": "points"})])


def decay_rows(policy: Policy, daily: pl.DataFrame, kinds: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """What fading rules give, and what their caps take off."""
    rules = pl.DataFrame(
        policy.decay_rules,
        schema_overrides={
            "rule_no": pl.Int32,
            "cap_per_day": pl.Float64,
            "cap_per_rule": pl.Float64,
            "decay_days": pl.Float64,
            "topic": pl.String,
            "channel": pl.String,
        },
    )
    ages = daily.get_column("age").unique().to_list()
    factors = pl.DataFrame(
        [
            {"rule_no": rule["rule_no"], "age": age, "factor": policy.decay_factor(rule, age)}
            for rule in policy.decay_rules
            for age in ages
        ],
        schema={"rule_no": pl.Int32, "age": daily.schema["age"], "factor": pl.Float64},
    )
    raw_points = pl.col("points") * (pl.col("quantity") / UNITS)
    within = (
        pl.when(pl.col("cap_per_day").is_null())
        .then("raw_points")
        .otherwise(pl.max_horizontal(-pl.col("cap_per_day"), pl.min_horizontal("cap_per_day", "raw_points")))
    )

    def to_units(millionths: pl.Expr) -> pl.Expr:
        return millionths.sign() * ((millionths.abs() + 50) // 100)

    summed = (
        daily.lazy()
        .join(kinds_of_rules(policy.decay_rules, kinds, "rule_no").lazy(), on="kind")
        .group_by("lead_no", "rule_no", "age")
        .agg(pl.col("quantity").sum())
        .join(rules.lazy().select("rule_no", "points", "cap_per_day"), on="rule_no")
        .join(factors.lazy(), on=["rule_no", "age"])
        .with_columns(raw_points.alias("raw_points"))
        .group_by("lead_no", "rule_no")
        .agg(
            half_up(pl.col("raw_points") * pl.col("factor") * 1e6).sum().alias("points"),
            half_up(within * pl.col("factor") * 1e6).sum().alias("within_day"),
        )
        .with_columns(to_units(pl.col("points")), to_units(pl.col("within_day")))
        .join(
            rules.lazy().select(
                "rule_no",
                "scoring_model",
                "criterion",
                "rule_id",
                (pl.col("cap_per_rule") * UNITS).round().cast(pl.Int64).alias("cap"),
            ),
            on="rule_no",
        )
        .with_columns(
            pl.when(pl.col("cap").is_null())
            .then("within_day")
            .otherwise(pl.max_horizontal(-pl.col("cap"), pl.min_horizontal("cap", "within_day")))
            .alias("within_rule")
        )
        .collect(engine="streaming")
    )
    return pl.concat(
        [
            summed.select(columns),
            summed.filter(pl.col("within_day") != pl.col("points"))
            .with_columns(
                pl.concat_str("rule_id", pl.lit(".day_cap")).alias("rule_id"),
                (pl.col("within_day") - pl.col("points")).alias("points"),
            )
            .select(columns),
            summed.filter(pl.col("within_rule") != pl.col("within_day"))
            .with_columns(
                pl.concat_str("rule_id", pl.lit(".rule_cap")).alias("rule_id"),
                (pl.col("within_rule") - pl.col("within_day")).alias("points"),
            )
            .select(columns),
        ]
    )


def idle_rows(
    policy: Policy, leads: pl.DataFrame, daily: pl.DataFrame, today: date, columns: list[str]
) -> pl.DataFrame:
    """What time without any activity takes off."""
    last = daily.group_by("lead_no").agg(pl.col("day").max().alias("last_day"))
    idle = (
        leads.select("lead_no", "created_on")
        .join(last, on="lead_no", how="left")
        .with_columns(pl.coalesce("last_day", "created_on").alias("since"))
        .with_columns(days_before("since", today).alias("idle"))
    )
    frames = [
        idle.select(
            "lead_no",
            pl.lit(rule["scoring_model"]).alias("scoring_model"),
            pl.lit(rule["criterion"]).alias("criterion"),
            pl.lit(rule["rule_id"]).alias("rule_id"),
            half_up(
                pl.min_horizontal(pl.lit(rule["max_periods"], pl.Int64), pl.col("idle") // rule["idle_days"])
                * rule["points"]
                * UNITS
            ).alias("points"),
        ).filter(pl.col("points") != 0)
        for rule in policy.idle_rules
    ]
    return pl.concat([frame.select(columns) for frame in frames])


# Scores ---------------------------------------------------------------------------------------------------------------


def write(
    policy: Policy,
    leads: pl.DataFrame,
    profile: pl.DataFrame,
    engagement: pl.DataFrame,
    disqualified: pl.DataFrame,
    out: Path,
) -> None:
    """Limit, grade and write."""
    rows = pl.concat(
        [profile.with_columns(dimension=pl.lit("profile")), engagement.with_columns(dimension=pl.lit("engagement"))]
    )
    models = pl.DataFrame([row | {"profile_weight": int(row["profile_weight"] * UNITS)} for row in policy.models])
    sums = rows.pivot("dimension", index=["lead_no", "scoring_model"], values="points", aggregate_function="sum")
    scores = (
        leads.select("lead_no", "lead_id")
        .join(models, how="cross")
        .join(sums, on=["lead_no", "scoring_model"], how="left")
        .join(disqualified, on=["lead_no", "scoring_model"], how="left")
        .with_columns(pl.col("profile", "engagement").fill_null(0))
        .with_columns(
            pl.when(pl.col("disqualified_by").is_not_null())
            .then("profile_floor")
            .otherwise(pl.max_horizontal("profile_floor", pl.min_horizontal("profile_cap", "profile")))
            .alias("profile_score"),
            pl.max_horizontal("engagement_floor", pl.min_horizontal("engagement_cap", "engagement")).alias(
                "engagement_score"
            ),
        )
    )
    limits = []
    for dimension in ("profile", "engagement"):
        by = pl.col("disqualified_by") if dimension == "profile" else pl.lit(None, pl.String)
        moved = pl.col(f"{dimension}_score") - pl.col(dimension)
        limits.append(
            scores.filter((moved != 0) | by.is_not_null()).select(
                "lead_no",
                "scoring_model",
                pl.when(by.is_null()).then(pl.lit("limit")).otherwise(pl.lit("disqualified")).alias("criterion"),
                pl.coalesce(by, pl.when(moved < 0).then(pl.lit("cap")).otherwise(pl.lit("floor"))).alias("rule_id"),
                moved.alias("points"),
                pl.lit(dimension).alias("dimension"),
            )
        )
    wanted = ["lead_id", "scoring_model", "dimension", "criterion", "rule_id", "points"]
    pl.concat([rows, *limits]).join(leads.select("lead_no", "lead_id"), on="lead_no").select(wanted).write_parquet(
        out / "lead_score_contributions.parquet"
    )
    for dimension, name in (("profile", "profile_grade"), ("engagement", "engagement_level")):
        scores = scores.with_columns(grade(policy, dimension).alias(name))
    combined = pl.col("profile_weight") * pl.col("profile_score") + (100 * UNITS - pl.col("profile_weight")) * pl.col(
        "engagement_score"
    )
    scores.select(
        "lead_id",
        "scoring_model",
        "profile_score",
        "profile_grade",
        "engagement_score",
        pl.col("engagement_level").cast(pl.Int32),
        pl.concat_str("profile_grade", "engagement_level").alias("grade"),
        (combined.sign() * ((combined.abs() + 50 * UNITS) // (100 * UNITS))).alias("combined_score"),
    ).write_parquet(out / "lead_scores.parquet")


def grade(policy: Policy, dimension: str) -> pl.Expr:
    """The grade or level of a score, by the bands of its model."""
    found = pl.lit(None, pl.String)
    for band in policy.grade_bands:
        if band["dimension"] == dimension:
            fits_band = pl.col("scoring_model") == band["scoring_model"]
            if band["from_score"] is not None:
                fits_band &= pl.col(f"{dimension}_score") >= band["from_score"]
            if band["to_score"] is not None:
                fits_band &= pl.col(f"{dimension}_score") < band["to_score"]
            found = pl.when(fits_band).then(pl.lit(band["grade"])).otherwise(found)
    return found
