"""The same scores in pandas. Written by the Leadhouse team as users of pandas; objections welcome.

How it was tuned: only the columns that scores need are read, text is Arrow's, columns of few values are categories so
that patterns meet each value once, people and pages are numbers, no row is handled in Python. pandas uses one core.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow import parquet

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
FEW_VALUES = ["event_type", "user_agent", "ip", "http_method", "url", "channel"]
KEYS = ["lead_no", "scoring_model", "criterion"]
ROWS = [*KEYS, "rule_id", "points"]


def run(raw: Path, seeds: Path, out: Path, as_of: datetime) -> None:
    """Score from raw files.

    Args:
        raw: the landed files.
        seeds: the project's seeds.
        out: an empty folder; gets ``lead_scores.parquet`` and ``lead_score_contributions.parquet``, points in whole
            ten-thousandths.
        as_of: the instant that scores are made for, without a time zone, in UTC.
    """
    now = pd.Timestamp(as_of)
    policy = read_policy(seeds)
    persons, holders, extra = people(raw, policy, now)
    leads = merged(persons)
    persons = persons.merge(leads[["lead_id", "lead_no"]], on="lead_id")
    owned = holders.merge(persons[["record_key", "lead_no"]], on="record_key")
    addresses = owned_by_one(owned.rename(columns={"email": "identifier"}))
    # an id that a lead and a contact share names neither
    records = persons[["record_id", "lead_no"]].rename(columns={"record_id": "identifier"})
    identifiers = owned_by_one(pd.concat([addresses, records]))
    profile, disqualified = profile_contributions(raw, policy, leads, persons, extra, now)
    daily, kinds = activity(raw, policy, addresses, identifiers, now)
    engagement = engagement_contributions(policy, leads, daily, kinds, now.normalize())
    write(policy, leads, profile, engagement, disqualified, out)


def owned_by_one(owners: pd.DataFrame) -> pd.DataFrame:
    """identifier and lead_no of those identifiers that one lead alone has."""
    pairs = owners[["identifier", "lead_no"]].drop_duplicates()
    return pairs[~pairs["identifier"].duplicated(keep=False)]


# Values ---------------------------------------------------------------------------------------------------------------


def text(values: pd.Series) -> pd.Series:
    """Text without blanks around it; blank text is missing."""
    stripped = values.str.strip(BLANKS)
    return stripped.where(stripped != "")


def by_value(values: pd.Series, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Read each distinct value of a category once."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return read(values)
    read_values = read(pd.Series(values.cat.categories, dtype="str"))
    codes, uniques = pd.factorize(read_values, use_na_sentinel=True)
    old = values.cat.codes.to_numpy()
    return pd.Series(
        pd.Categorical.from_codes(
            np.where(old < 0, -1, codes[old]) if len(codes) else old, categories=pd.Index(uniques)
        ),
        index=values.index,
    )


def fits_pattern(values: pd.Series, pattern: str, *, lowered: bool = False) -> pd.Series:
    """Whether a pattern fits the values of a category."""
    distinct = pd.Series(values.cat.categories, dtype="str")
    fitting = (distinct.str.lower() if lowered else distinct).str.contains(pattern, regex=True)
    return values.isin(distinct[fitting.fillna(False)])


def address(values: pd.Series) -> pd.Series:
    """E-mail addresses in lower case; what has no shape of an address is missing."""
    plain = text(values)
    return plain.where(plain.str.contains(ADDRESS, regex=True).fillna(False)).str.lower()


def time(values: pd.Series) -> pd.Series:
    """Times in UTC; what is none is missing."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = pd.to_datetime(text(values), format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    return values.astype("datetime64[us]")


def number(values: pd.Series) -> pd.Series:
    """Finite numbers, a currency sign and separators read away; what is none is missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    plain = text(values)
    plain = plain.where(plain.str.contains(NUMBER, regex=True).fillna(False))
    return pd.to_numeric(plain.str.replace("[,$€£ ]", "", regex=True), errors="coerce").astype("float64")


def flag(values: pd.Series) -> pd.Series:
    """True or false; what is neither is missing."""
    words = dict.fromkeys(("true", "t", "yes", "y", "1"), True) | dict.fromkeys(("false", "f", "no", "n", "0"), False)
    return text(values).str.lower().map(words)


def page(urls: pd.Series) -> pd.Series:
    """Pages without query and fragment."""
    return urls.str.replace(r"[?#][\s\S]*$", "", regex=True).str.lower()


def half_up(values: pd.Series) -> pd.Series:
    """To whole numbers, halves away from zero."""
    return (np.sign(values) * np.floor(values.abs() + 0.5)).astype("int64")


def limited(values: pd.Series, lower: pd.Series, upper: pd.Series) -> pd.Series:
    """Within limits; a missing limit is none."""
    capped = np.minimum(values, upper.where(upper.notna(), values))
    return np.maximum(capped, lower.where(lower.notna(), capped)).astype(values.dtype)


def seconds(times: pd.Series) -> pd.Series:
    """Whole seconds since 1970."""
    return times.astype("datetime64[us]").astype("int64") // 1_000_000


# People ---------------------------------------------------------------------------------------------------------------


def crm_table(raw: Path, name: str, policy: Policy, columns: list[str]) -> pd.DataFrame:
    """A table of the CRM as text, with the times of its rows and their place in the order of arrival."""
    wanted = [*columns, "created_at", "updated_at", "loaded_at"]
    frames = []
    for file_no, file in enumerate(raw_files(raw / "crm" / name)):
        held = parquet.read_schema(file).names
        frame = pd.read_parquet(file, columns=[column for column in wanted if column in held], partitioning=None)
        frame = frame.astype("str").reindex(
            columns=[column for column in wanted if column != "observed_at" or column in held]
        )
        frame = frame.astype("str")
        frame["file_no"], frame["row_no"] = file_no, np.arange(len(frame))
        frame["landed_at"] = pd.to_datetime(load_time(file), format="%Y%m%dT%H%M%S%f", errors="coerce")
        frames.append(frame)
    earliest, ahead = policy.limits["crm"]
    table = pd.concat(frames, ignore_index=True)
    told = time(table["loaded_at"])
    table["arrived_at"] = told.where(told >= earliest, table["landed_at"]).astype("datetime64[us]")
    for column in ("created_at", "updated_at", "observed_at"):
        if column in table.columns:
            instant = time(table[column])
            table[column] = instant.where((instant >= earliest) & (instant <= table["arrived_at"] + ahead))
    return table


def versions(table: pd.DataFrame, earliest: datetime) -> pd.DataFrame:
    """The versions of each record, and when each was valid."""
    records = table.groupby("record_id", sort=False)
    fallback = table["created_at"].where(records["updated_at"].transform("max").notna(), table["arrived_at"])
    table["version_at"] = table["updated_at"].fillna(fallback).fillna(table["arrived_at"])
    table["first_created_at"] = records["created_at"].transform("min").fillna(pd.Timestamp(earliest))
    table = table.sort_values(["record_id", "version_at", "arrived_at", "file_no", "row_no"])
    table = table.drop_duplicates(["record_id", "version_at"], keep="last")
    table["valid_to"] = table.groupby("record_id", sort=False)["version_at"].shift(-1)
    is_first = ~table["record_id"].duplicated()
    table["valid_from"] = table["version_at"].where(
        ~is_first, np.minimum(table["version_at"], table["first_created_at"])
    )
    return table


def valid(table: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """The versions of the as-of time."""
    return table[(table["valid_from"] <= now) & (table["valid_to"].isna() | (table["valid_to"] > now))]


def people(raw: Path, policy: Policy, now: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The records of all persons, who holds which address, and the CRM's own columns of lead records."""
    earliest = policy.limits["crm"][0]
    common = ["master_record_id", "is_deleted", *FIELDS]

    def read_cells(table: pd.DataFrame) -> pd.DataFrame:
        kinds: dict[str, Callable[[pd.Series], pd.Series]] = {
            "email": address,
            "is_deleted": flag,
            "annual_revenue": number,
            "employee_count": number,
        }
        times = {"created_at", "updated_at", "loaded_at", "arrived_at", "landed_at", "file_no", "row_no"}
        for column in table.columns.difference(list(times)):
            table[column] = kinds.get(column, text)(table[column])
        table["employee_count"] = table["employee_count"].where(table["employee_count"] % 1 == 0)
        return table

    leads = read_cells(crm_table(raw, "leads", policy, ["lead_id", "converted_contact_id", "extra_columns", *common]))
    leads = leads.rename(columns={"lead_id": "record_id"}).dropna(subset=["record_id", "created_at"])
    leads = versions(leads, earliest)
    contacts = read_cells(crm_table(raw, "contacts", policy, ["contact_id", "account_id", *common]))
    contacts = contacts.rename(columns={"contact_id": "record_id"}).dropna(subset=["record_id", "created_at"])
    contacts = versions(contacts, earliest)
    leads["record_type"], contacts["record_type"] = "lead", "contact"
    for table in (leads, contacts):
        table["record_key"] = table["record_type"] + ":" + table["record_id"]

    shared = ["website", "industry", "annual_revenue", "employee_count", "country", "region"]
    accounts = read_cells(crm_table(raw, "accounts", policy, ["account_id", "name", *shared]))
    accounts = versions(accounts.rename(columns={"account_id": "record_id"}).dropna(subset=["record_id"]), earliest)
    accounts = valid(accounts, now).set_index("record_id").rename(columns={"name": "company"})
    owned = valid(contacts, now).copy()
    for column in ["company", *shared]:
        owned[column] = owned[column].fillna(owned["account_id"].map(accounts[column]))
    owned["converted_contact_id"] = pd.Series(None, index=owned.index, dtype="str")

    wanted = ["record_key", "record_type", "record_id", "created_at", "updated_at", "converted_contact_id", *common]
    records = pd.concat([valid(leads, now)[wanted], owned[wanted]], ignore_index=True)
    holders = pd.concat([table[["record_key", "email", "valid_from"]] for table in (leads, contacts)])
    holders = holders[holders["email"].notna() & (holders["valid_from"] <= now)][
        ["record_key", "email"]
    ].drop_duplicates()
    extra = valid(leads, now)[["record_id", "extra_columns"]].dropna()
    return tied(records, edges(records, holders, policy, now)), holders, extra


def edges(records: pd.DataFrame, holders: pd.DataFrame, policy: Policy, now: pd.Timestamp) -> pd.DataFrame:
    """What ties two records to one person, in both directions."""
    merges = records[records["master_record_id"].notna()]
    conversions = records[records["converted_contact_id"].notna()]
    one_person = holders[~holders["email"].str.split("@").str[0].isin(policy.shared_mailboxes)]
    first = one_person.groupby("email")["record_key"].transform("min")
    listed = [
        (f"{row['record_type']}:{row['record_id']}", f"{row['same_as_record_type']}:{row['same_as_record_id']}")
        for row in policy.manual_merges
        if row["merged_at"] is None or pd.Timestamp(row["merged_at"]) <= now
    ]
    named = pd.concat(
        [
            pd.DataFrame(
                {"one": merges["record_key"], "other": merges["record_type"] + ":" + merges["master_record_id"]}
            ),
            pd.DataFrame({"one": conversions["record_key"], "other": "contact:" + conversions["converted_contact_id"]}),
            pd.DataFrame(listed, columns=["one", "other"], dtype="str"),
            pd.DataFrame({"one": one_person["record_key"], "other": first}),
        ]
    )
    known = named[
        named["one"].isin(records["record_key"])
        & named["other"].isin(records["record_key"])
        & (named["one"] != named["other"])
    ]
    return pd.concat([known, known.rename(columns={"one": "other", "other": "one"})]).drop_duplicates()


def tied(records: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    """Records with the lead that their person is, and the rank of their values among the person's."""
    labels = pd.Series(ties["one"].unique(), index=ties["one"].unique(), dtype="str").sort_index()
    order = pd.Series(np.arange(len(labels)), index=labels.index)
    one, other = order[ties["one"]].to_numpy(), order[ties["other"]].to_numpy()
    smallest = order.to_numpy().copy()
    while True:
        moved = smallest.copy()
        np.minimum.at(moved, one, smallest[other])
        if (moved == smallest).all():
            break
        smallest = moved
    persons = records.copy()
    component = pd.Series(labels.to_numpy()[smallest], index=labels.index, dtype="str")
    persons["person_key"] = persons["record_key"].map(component).fillna(persons["record_key"])
    persons["is_live"] = ~persons["is_deleted"].fillna(False).astype(bool) & persons["master_record_id"].isna()
    persons = persons.sort_values(
        ["record_type", "is_live", "created_at", "record_id"], ascending=[False, False, True, True]
    )
    persons["lead_id"] = persons["record_id"].where(persons["record_type"] == "lead", persons["record_key"])
    persons["lead_id"] = persons.groupby("person_key", sort=False)["lead_id"].transform("first")
    persons = persons.sort_values(
        ["is_live", "record_type", "updated_at", "created_at", "record_id"], ascending=[False, True, False, False, True]
    )
    persons["value_rank"] = np.arange(len(persons))
    return persons


def merged(persons: pd.DataFrame) -> pd.DataFrame:
    """One row a person: the best known value of each field."""
    grouped = persons.sort_values("value_rank").groupby("lead_id")
    leads = grouped[FIELDS].first()
    leads["created_on"] = grouped["created_at"].min().dt.normalize()
    leads = leads.reset_index()
    leads["lead_no"] = np.arange(len(leads))
    return leads


# Profile --------------------------------------------------------------------------------------------------------------


def profile_contributions(
    raw: Path, policy: Policy, leads: pd.DataFrame, persons: pd.DataFrame, extra: pd.DataFrame, now: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the profile, and who is disqualified in which model by which rule."""
    domains = leads["email"].str.split("@").str[1]
    fields = leads.assign(
        email_domain_kind=domains.map(policy.mail_domains).fillna("business").where(leads["email"].notna())
    )
    known = [name for name in [*FIELDS, "email_domain_kind"] if name in policy.attributes]
    for column in known:
        fields[column] = fields[column].astype("str")
    told = fields.melt(id_vars="lead_no", value_vars=known, var_name="attribute").dropna(subset=["value"])
    lead_records = persons[persons["record_type"] == "lead"].set_index("record_id")
    own_frames = []
    distinct = extra["extra_columns"].drop_duplicates()
    parsed = pd.json_normalize([json.loads(entry) for entry in distinct], max_level=0)
    for name in sorted(policy.attributes & set(parsed.columns)):
        values = text(extra["extra_columns"].map(dict(zip(distinct, parsed[name].astype("str"), strict=True))))
        own_frames.append(pd.DataFrame({"record_id": extra["record_id"], "attribute": name, "value": values}))
    own = pd.concat([pd.DataFrame(columns=["record_id", "attribute", "value"], dtype="str"), *own_frames]).dropna()
    own["lead_no"], own["value_rank"] = (own["record_id"].map(lead_records[name]) for name in ("lead_no", "value_rank"))
    own = own.dropna().sort_values("value_rank").drop_duplicates(["lead_no", "attribute"])
    observed = crm_table(raw, "lead_attributes", policy, ["lead_id", "attribute", "value", "observed_at"])
    observed = observed[observed["observed_at"].fillna(now) <= now]
    observed = pd.DataFrame(
        {
            "lead_no": text(observed["lead_id"]).map(lead_records["lead_no"]),
            "attribute": text(observed["attribute"]),
            "value": text(observed["value"]),
        }
    ).dropna()
    observed = observed[observed["attribute"].isin(policy.attributes)]
    columns = ["lead_no", "attribute", "value"]
    values = pd.concat([told[columns], own[columns], observed[columns]])
    values = values[values["value"].str.strip(" ") != ""].drop_duplicates()
    values["lead_no"] = values["lead_no"].astype("int64")

    rules = pd.DataFrame(policy.profile_rules)
    found = profile_matches(policy, leads, values).merge(
        rules[["rank", "scoring_model", "criterion", "rule_id", "points", "percent", "is_disqualifying"]], on="rank"
    )
    is_negative = found["percent"] < 0
    best = found[~is_negative].groupby(KEYS, as_index=False)["rank"].min()
    looks_at = rules[["scoring_model", "criterion", "attribute"]].drop_duplicates()
    is_known = (
        values[["lead_no", "attribute"]].drop_duplicates().merge(looks_at, on="attribute")[KEYS].drop_duplicates()
    )
    criteria = pd.DataFrame(policy.criteria_of("dimension", "profile"))[["scoring_model", "criterion"]]
    rows = leads[["lead_no"]].merge(criteria, how="cross").merge(best, on=KEYS, how="left")
    rows = rows.merge(rules[["rank", "rule_id", "points"]], on="rank", how="left")
    rows = rows.merge(is_known.assign(is_known=True), on=KEYS, how="left")
    nothing = pd.Series(np.where(rows["is_known"].isna(), "unknown", "no_match"), index=rows.index)
    rows["rule_id"], rows["points"] = rows["rule_id"].fillna(nothing), rows["points"].fillna(0).astype("int64")
    disqualified = (
        found[found["is_disqualifying"]].groupby(["lead_no", "scoring_model"], as_index=False)["rule_id"].min()
    )
    return pd.concat([rows[ROWS], found[is_negative][ROWS]]), disqualified.rename(
        columns={"rule_id": "disqualified_by"}
    )


def profile_matches(policy: Policy, leads: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Which rule fits which lead; rules meet distinct values."""
    distinct = values[["attribute", "value"]].drop_duplicates().reset_index(drop=True)
    distinct["compared"] = distinct["value"].str.strip(" ").str.lower()
    distinct["number"] = pd.to_numeric(distinct["value"].str.strip(" "), errors="coerce")
    found = []
    for rule in policy.profile_rules:
        of_attribute = distinct["attribute"] == rule["attribute"]
        if rule["operator"] != "unknown":
            fitting = distinct[of_attribute][fits(rule, distinct[of_attribute])]
            fitting_leads = values[(values["attribute"] == rule["attribute"]) & values["value"].isin(fitting["value"])][
                "lead_no"
            ]
        else:
            fitting_leads = leads["lead_no"][
                ~leads["lead_no"].isin(values[values["attribute"] == rule["attribute"]]["lead_no"])
            ]
        found.append(pd.DataFrame({"lead_no": fitting_leads.unique(), "rank": rule["rank"]}))
    return pd.concat(found, ignore_index=True)


def fits(rule: Row, values: pd.DataFrame) -> pd.Series:
    """Whether a rule fits each value."""
    wanted = [part.strip(" ").lower() for part in (rule["value"] or "").split("|")]
    if rule["operator"] == "equals":
        return values["compared"] == (rule["value"] or "").strip(" ").lower()
    if rule["operator"] == "in":
        return values["compared"].isin(wanted)
    if rule["operator"] == "like":
        return values["compared"].str.contains(like(wanted), regex=True)
    if rule["operator"] == "known":
        return pd.Series(True, index=values.index)
    within = np.isfinite(values["number"])
    if rule["range_from"] is not None:
        within &= values["number"] >= rule["range_from"]
    if rule["range_to"] is not None:
        within &= values["number"] < rule["range_to"]
    return within


# Events ---------------------------------------------------------------------------------------------------------------


def events(raw: Path, source: str, policy: Policy, columns: list[str], required: list[str]) -> pd.DataFrame:
    """Sound events of a source, each id once.

    Args:
        raw: the landed files.
        source: whose events.
        policy: for the limits of time.
        columns: what to read beside id and times.
        required: which of these must be known.
    """
    earliest, ahead = policy.limits[source]
    readers = {"recipient": address if source == "email" else text, "email": address, "dwell_seconds": number}
    frames = []
    for files in by_type(raw / source / "events"):
        for file in files:
            held = parquet.read_schema(file).names
            wanted = [name for name in ["event_id", "occurred_at", "loaded_at", *columns] if name in held]
            frame = pd.read_parquet(file, columns=wanted, partitioning=None)
            if frame.empty:
                continue
            for name in ["event_id", *columns]:
                if name not in held:
                    frame[name] = np.nan if name == "dwell_seconds" else pd.Series(None, index=frame.index, dtype="str")
                elif name in FEW_VALUES:
                    frame[name] = frame[name].astype("category")
                frame[name] = by_value(frame[name], readers.get(name, text))
            at = time(frame["occurred_at"])
            landed = pd.to_datetime(load_time(file), format="%Y%m%dT%H%M%S%f", errors="coerce")
            told = time(frame["loaded_at"]) if "loaded_at" in held else pd.Series(pd.NaT, index=frame.index)
            arrived = told.where(told >= earliest, landed).astype("datetime64[us]")
            frame["at"] = at.where((at >= earliest) & (at <= arrived + ahead))
            frame["arrived_at"], frame["file_id"], frame["row_no"] = arrived, file.stem, np.arange(len(frame))
            frame["file_id"] = frame["file_id"].astype("category")
            frames.append(
                frame.drop(columns=["occurred_at", "loaded_at"], errors="ignore").dropna(
                    subset=["event_id", "at", *required]
                )
            )
    for name in [*FEW_VALUES, "file_id"]:
        if name in frames[0].columns:
            union = pd.api.types.union_categoricals([frame[name].astype("category") for frame in frames]).categories
            for frame in frames:
                frame[name] = frame[name].astype("category").cat.set_categories(union)
    sound = pd.concat(frames, ignore_index=True)
    del frames
    is_repeated = sound["event_id"].duplicated(keep=False)
    repeated = sound[is_repeated].astype({"file_id": "str"}).sort_values(["arrived_at", "file_id", "row_no"])
    surplus = repeated.index[repeated["event_id"].duplicated()]
    return sound.drop(columns=["event_id", "arrived_at", "file_id", "row_no"]).drop(index=surplus)


def activity(
    raw: Path, policy: Policy, addresses: pd.DataFrame, identifiers: pd.DataFrame, now: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each lead did on each day, robots left out, by kind; and what each kind is."""
    mails = events(
        raw,
        "email",
        policy,
        ["recipient", "event_type", "message_id", "url", "user_agent", "ip", "http_method"],
        ["recipient", "event_type"],
    )
    actions, spans = judged_mails(policy, mails[mails["at"] <= now])
    del mails
    actions = actions.merge(addresses, left_on="recipient", right_on="identifier")
    seen = [counted(policy, actions.assign(channel="email"), "email")]
    del actions
    messages = events(
        raw, "messaging", policy, ["channel", "recipient", "event_type", "url"], ["channel", "recipient", "event_type"]
    )
    messages = messages[messages["at"] <= now].merge(identifiers, left_on="recipient", right_on="identifier")
    seen.append(counted(policy, messages, "messaging"))
    web = events(
        raw,
        "web",
        policy,
        ["anonymous_id", "event_type", "user_id", "email", "url", "user_agent", "ip", "dwell_seconds"],
        ["anonymous_id", "event_type"],
    )
    owned = owned_visits(web[web["at"] <= now], identifiers)
    del web
    is_robot = fits_pattern(owned["user_agent"], like(policy.agents), lowered=True) | fits_pattern(
        owned["ip"], like(policy.networks)
    )
    owned = owned[~is_robot]
    owned = untainted(owned.assign(second=seconds(owned["at"])), spans, np.ones(len(owned), dtype=bool))
    seen.append(counted(policy, owned.assign(channel="web"), "web"))
    daily = pd.concat(seen, ignore_index=True)
    kinds = daily[["channel", "activity_type", "topic"]].drop_duplicates().reset_index(drop=True)
    kinds["kind"] = np.arange(len(kinds))
    daily = daily.merge(kinds, on=["channel", "activity_type", "topic"])
    return daily[["lead_no", "day", "kind", "events", "quantity"]], kinds


def judged_mails(policy: Policy, mails: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What people did with mails, and when which address is tainted."""
    message = ["recipient", "message_id"]
    mails = mails.assign(second=seconds(mails["at"]))
    engaging = {row["event_type"] for row in policy.event_types if row["source"] == "email"} | set(JUDGED)
    actions = mails[mails["event_type"].isin(engaging)]
    visits = actions[actions["event_type"].isin(["clicked", "unsubscribed"])].copy()
    visits["link"] = by_value(visits["url"], page).astype("str").fillna(visits["event_type"].astype("str"))
    is_judged = actions["event_type"].isin(JUDGED)
    rules, robots = policy.bot_rules, {}
    if "honeypot_link" in rules:
        links = visits["link"].astype("category")
        robots["honeypot_link"] = visits.index[fits_pattern(links, like([rules["honeypot_link"]["url_pattern"]]))]
    if rule := rules.get("too_fast"):
        sent = mails[
            mails["event_type"].isin(["sent", "delivered"]) & mails["message_id"].isin(visits["message_id"].dropna())
        ]
        first_sent = sent.groupby(message)["second"].min()
        first_delivered = sent[sent["event_type"] == "delivered"].groupby(message)["second"].min()
        delivered = first_delivered.reindex(first_sent.index).fillna(first_sent).rename("delivered")
        waited = visits[[*message, "second"]].merge(delivered, left_on=message, right_index=True, how="left")
        robots["too_fast"] = waited.index[waited["second"] - waited["delivered"] < rule["threshold_seconds"]]
    if rule := rules.get("link_burst"):
        known = visits[visits["message_id"].notna()]
        # a burst needs as many visits of one mail as it has links
        busy = known[known.groupby(message)["second"].transform("size") >= rule["threshold_count"]]
        busy = busy.assign(message_no=busy.groupby(message, sort=False).ngroup(), link_no=pd.factorize(busy["link"])[0])
        numbered = busy[["message_no", "second"]].reset_index(names="place")
        pairs = numbered.merge(busy[["message_no", "second", "link_no"]], on="message_no", suffixes=("", "_other"))
        near = pairs[(pairs["second"] - pairs["second_other"]).abs() <= rule["threshold_seconds"]]
        links_near = near[["place", "link_no"]].drop_duplicates().groupby("place").size()
        robots["link_burst"] = (
            visits.index if rule["threshold_count"] <= 1 else links_near.index[links_near >= rule["threshold_count"]]
        )
    if "head_request" in rules:
        robots["head_request"] = actions.index[is_judged & (actions["http_method"].astype("str").str.upper() == "HEAD")]
    if "user_agent" in rules:
        robots["user_agent"] = actions.index[
            is_judged & fits_pattern(actions["user_agent"], like(policy.agents), lowered=True)
        ]
    if "network" in rules:
        robots["network"] = actions.index[is_judged & fits_pattern(actions["ip"], like(policy.networks))]
    if "privacy_open" in rules:
        proxied = [
            actions.index[
                (actions["event_type"] == "opened")
                & fits_pattern(actions["user_agent"], like([agent]), lowered=True)
                & fits_pattern(actions["ip"], like([pattern]))
            ]
            for agent, pattern in policy.proxies
        ]
        robots["privacy_open"] = reduce(lambda one, other: one.union(other), proxied, pd.Index([], dtype="int64"))
    all_robots = reduce(lambda one, other: one.union(other), robots.values(), pd.Index([], dtype="int64"))
    tainting = reduce(
        lambda one, other: one.union(other),
        (index for name, index in robots.items() if rules[name]["taints_address"]),
        pd.Index([], dtype="int64"),
    )
    spans = pd.DataFrame(
        {"ip": pd.Series(dtype="str"), "from_second": pd.Series(dtype="int64"), "to_second": pd.Series(dtype="int64")}
    )
    if "tainted_address" in rules:
        spans = tainted_spans(
            actions.loc[tainting, ["ip", "second"]].dropna(), rules["tainted_address"]["threshold_seconds"]
        )
    people = actions.drop(index=all_robots)
    return untainted(people, spans, is_judged.loc[people.index].to_numpy()), spans


def tainted_spans(tainting: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """When an address is tainted, in seconds; spans of one address do not overlap."""
    marks = tainting.astype({"ip": "str"}).drop_duplicates().sort_values(["ip", "second"])
    starts = (marks["ip"] != marks["ip"].shift()) | (marks["second"].diff() > 2 * threshold)
    spans = marks.groupby([marks["ip"], starts.cumsum()])["second"].agg(["min", "max"]).reset_index(level=0)
    return pd.DataFrame(
        {"ip": spans["ip"], "from_second": spans["min"] - threshold, "to_second": spans["max"] + threshold}
    )


def untainted(frame: pd.DataFrame, spans: pd.DataFrame, is_judged: np.ndarray) -> pd.DataFrame:
    """Without what came from an address while it was tainted."""
    suspects = frame[is_judged & frame["ip"].isin(spans["ip"]).to_numpy()]
    pairs = suspects[["ip", "second"]].astype({"ip": "str"}).reset_index(names="place").merge(spans, on="ip")
    tainted = pairs[(pairs["second"] >= pairs["from_second"]) & (pairs["second"] <= pairs["to_second"])]["place"]
    return frame.drop(index=tainted)


def owned_visits(web: pd.DataFrame, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Web events with the lead whose device it was at that time."""
    owners = identifiers.set_index("identifier")["lead_no"]
    named = web.loc[web["user_id"].notna() | web["email"].notna(), ["anonymous_id", "at", "user_id", "email"]]
    named = named.assign(lead_no=named["email"].map(owners).fillna(named["user_id"].map(owners))).dropna(
        subset=["lead_no"]
    )
    named = named.groupby(["anonymous_id", "at"], as_index=False)["lead_no"].min().sort_values(["anonymous_id", "at"])
    before = named.groupby("anonymous_id")["lead_no"].shift(1)
    changes = named[before.isna() | (before != named["lead_no"])]
    is_first = ~changes["anonymous_id"].duplicated()
    periods = pd.DataFrame(
        {
            "anonymous_id": changes["anonymous_id"],
            "lead_no": changes["lead_no"].astype("int64"),
            "valid_from": changes["at"].where(~is_first, pd.Timestamp(1, 1, 1).as_unit("us")),
            "valid_to": changes.groupby("anonymous_id")["at"].shift(-1).fillna(pd.Timestamp(9999, 1, 1).as_unit("us")),
        }
    )
    owned = web.drop(columns=["user_id", "email"]).merge(periods, on="anonymous_id")
    return owned[(owned["at"] >= owned["valid_from"]) & (owned["at"] < owned["valid_to"])]


def counted(policy: Policy, happened: pd.DataFrame, source: str) -> pd.DataFrame:
    """What each lead did on each day, by channel, type of activity and topic."""
    types = pd.DataFrame([row for row in policy.event_types if row["source"] == source]).set_index("event_type")
    happened = happened[happened["event_type"].isin(types.index)]
    urls = pd.Series(happened["url"].cat.categories, dtype="str")
    pages = page(urls)
    topics = pd.Series("other", index=urls.index)
    for pattern, topic in reversed(policy.topics):
        topics = topics.where(~pages.str.contains(like([pattern]), regex=True), topic)
    named = pd.Series([*topics, "other"], dtype="category")
    frame = pd.DataFrame(
        {
            "lead_no": happened["lead_no"],
            "day": happened["at"].dt.normalize(),
            "channel": happened["channel"].astype("category"),
            "activity_type": happened["event_type"].astype("str").map(types["activity_type"]).astype("category"),
            # code -1, a missing url, finds the last entry
            "topic": pd.Categorical.from_codes(
                named.cat.codes.to_numpy()[happened["url"].cat.codes], dtype=named.dtype
            ),
            "quantity": UNITS,
        }
    )
    if "dwell_seconds" in happened.columns:
        names = happened["event_type"].astype("str")
        measured = happened["dwell_seconds"] / names.map(types["quantity_divisor"]).astype("float64")
        capped = np.fmin(measured, names.map(types["quantity_cap"]).astype("float64"))
        amounts = np.floor(capped.where(measured.notna(), 1.0) * UNITS + 0.5 + 1e-9)
        frame["quantity"] = amounts.astype("int64")
    grouped = frame.groupby(["lead_no", "day", "channel", "activity_type", "topic"], observed=True, sort=False)[
        "quantity"
    ]
    daily = grouped.agg(events="size", quantity="sum").reset_index()
    return daily.astype({"channel": "str", "activity_type": "str", "topic": "str"})


# Engagement -----------------------------------------------------------------------------------------------------------


def kinds_of_rules(rules: list[Row], kinds: pd.DataFrame, key: str) -> pd.DataFrame:
    """Which rule looks at which kind."""
    pairs = [
        {key: rule[key], "kind": kind.kind}
        for rule in rules
        for kind in kinds.itertuples()
        if rule["activity_type"] == kind.activity_type
        and rule["topic"] in (None, kind.topic)
        and rule["channel"] in (None, kind.channel)
    ]
    return pd.DataFrame(pairs, columns=[key, "kind"], dtype="int64")


def engagement_contributions(
    policy: Policy, leads: pd.DataFrame, daily: pd.DataFrame, kinds: pd.DataFrame, today: pd.Timestamp
) -> pd.DataFrame:
    """The rows of the engagement."""
    daily = daily.assign(age=(today - daily["day"]).dt.days)
    bands = pd.DataFrame(policy.band_rules)
    recent = daily[daily["age"] < bands["within_days"].max()]
    matched = recent.merge(kinds_of_rules(policy.band_rules, kinds, "rank"), on="kind").merge(bands, on="rank")
    matched = matched[matched["age"] < matched["within_days"]]
    sums = matched.groupby([*KEYS, "rank", "at_least"], as_index=False)["events"].sum()
    best = sums[sums["events"] >= sums["at_least"]].groupby(KEYS, as_index=False)["rank"].min()
    criteria = pd.DataFrame(policy.criteria_of("shape", "bands"))[["scoring_model", "criterion"]]
    band_rows = leads[["lead_no"]].merge(criteria, how="cross").merge(best, on=KEYS, how="left")
    band_rows = band_rows.merge(bands[["rank", "rule_id", "points"]], on="rank", how="left")
    band_rows["rule_id"] = band_rows["rule_id"].fillna("no_match")
    band_rows["points"] = band_rows["points"].fillna(0).astype("int64")

    fading = pd.concat([decay_rows(policy, daily, kinds), idle_rows(policy, leads, daily, today)], ignore_index=True)
    limits = pd.DataFrame(policy.criteria_of("shape", "decay"))[
        ["scoring_model", "criterion", "max_points", "min_points"]
    ]
    groups = fading.groupby(KEYS, as_index=False)["points"].sum().merge(limits, on=["scoring_model", "criterion"])
    within = limited(groups["points"], groups["min_points"].astype("float64"), groups["max_points"].astype("float64"))
    groups["rule_id"] = np.where(within < groups["points"], "criterion_cap", "criterion_floor")
    groups["points"] = within - groups["points"]
    return pd.concat([band_rows[ROWS], fading[ROWS], groups[groups["points"] != 0][ROWS]], ignore_index=True)


def decay_rows(policy: Policy, daily: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """What fading rules give, and what their caps take off."""
    rules = pd.DataFrame(policy.decay_rules).astype(
        {"points": "float64", "cap_per_day": "float64", "cap_per_rule": "float64"}
    )
    days = daily[["lead_no", "age", "kind", "quantity"]].merge(
        kinds_of_rules(policy.decay_rules, kinds, "rule_no"), on="kind"
    )
    days = days.groupby(["lead_no", "rule_no", "age"], as_index=False, sort=False)["quantity"].sum()
    pairs = days[["rule_no", "age"]].drop_duplicates()
    pairs["factor"] = [
        policy.decay_factor(policy.decay_rules[no], age) for no, age in zip(pairs["rule_no"], pairs["age"], strict=True)
    ]
    days = days.merge(pairs, on=["rule_no", "age"])
    rule_no = days["rule_no"].to_numpy()
    raw_points = pd.Series(rules["points"].to_numpy()[rule_no]) * (days["quantity"] / UNITS)
    cap = pd.Series(rules["cap_per_day"].to_numpy()[rule_no])
    days["points"] = half_up(raw_points * days["factor"] * 1e6)
    days["within_day"] = half_up(limited(raw_points, -cap, cap) * days["factor"] * 1e6)
    summed = days.groupby(["lead_no", "rule_no"], as_index=False, sort=False)[["points", "within_day"]].sum()
    for name in ("points", "within_day"):
        summed[name] = np.sign(summed[name]) * ((summed[name].abs() + 50) // 100)
    rule_cap = pd.Series(rules["cap_per_rule"].to_numpy()[summed["rule_no"]] * UNITS).round()
    summed["within_rule"] = limited(summed["within_day"], -rule_cap, rule_cap)
    summed = summed.merge(rules[["rule_no", "scoring_model", "criterion", "rule_id"]], on="rule_no")
    parts = [summed[ROWS]]
    for suffix, less, more in ((".day_cap", "within_day", "points"), (".rule_cap", "within_rule", "within_day")):
        moved = summed[summed[less] != summed[more]]
        parts.append(moved.assign(rule_id=moved["rule_id"] + suffix, points=moved[less] - moved[more])[ROWS])
    return pd.concat(parts, ignore_index=True)


def idle_rows(policy: Policy, leads: pd.DataFrame, daily: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """What time without any activity takes off."""
    since = leads["lead_no"].map(daily.groupby("lead_no")["day"].max()).fillna(leads["created_on"])
    idle = (today - since).dt.days
    frames = [pd.DataFrame(columns=ROWS)]
    for rule in policy.idle_rules:
        periods = np.minimum(rule["max_periods"], idle // rule["idle_days"])
        rows = pd.DataFrame({"lead_no": leads["lead_no"], "points": half_up(periods * rule["points"] * UNITS)})
        rows = rows[rows["points"] != 0]
        frames.append(rows.assign(**{name: rule[name] for name in ("scoring_model", "criterion", "rule_id")})[ROWS])
    return pd.concat([frame for frame in frames if not frame.empty] or frames, ignore_index=True)


# Scores ---------------------------------------------------------------------------------------------------------------


def write(
    policy: Policy,
    leads: pd.DataFrame,
    profile: pd.DataFrame,
    engagement: pd.DataFrame,
    disqualified: pd.DataFrame,
    out: Path,
) -> None:
    """Limit, grade and write."""
    model_keys = ["lead_no", "scoring_model"]
    models = pd.DataFrame([row | {"profile_weight": int(row["profile_weight"] * UNITS)} for row in policy.models])
    scores = leads[["lead_no", "lead_id"]].merge(models, how="cross").merge(disqualified, on=model_keys, how="left")
    rows = []
    for dimension, contributions in (("profile", profile), ("engagement", engagement)):
        rows.append(contributions.assign(dimension=dimension))
        sums = contributions.groupby(model_keys)["points"].sum().rename("sum")
        scores = scores.merge(sums, left_on=model_keys, right_index=True, how="left")
        points = scores.pop("sum").fillna(0).astype("int64")
        target = np.maximum(scores[f"{dimension}_floor"], np.minimum(scores[f"{dimension}_cap"], points))
        by = scores["disqualified_by"] if dimension == "profile" else pd.Series(None, index=scores.index, dtype="str")
        target = target.where(by.isna(), scores[f"{dimension}_floor"])
        limits = scores[model_keys].assign(points=target - points, dimension=dimension)
        limits["criterion"] = np.where(by.isna(), "limit", "disqualified")
        limits["rule_id"] = by.fillna(pd.Series(np.where(target < points, "cap", "floor"), index=scores.index))
        rows.append(limits[(target != points) | by.notna()])
        scores[f"{dimension}_score"] = target
        scores[dimension] = grades(policy, dimension, scores)
    contributions = pd.concat(rows, ignore_index=True)
    contributions["lead_id"] = leads["lead_id"].to_numpy()[contributions["lead_no"]]
    contributions[["lead_id", "scoring_model", "dimension", "criterion", "rule_id", "points"]].to_parquet(
        out / "lead_score_contributions.parquet"
    )
    combined = (
        scores["profile_weight"] * scores["profile_score"]
        + (100 * UNITS - scores["profile_weight"]) * scores["engagement_score"]
    )
    scores["combined_score"] = np.sign(combined) * ((combined.abs() + 50 * UNITS) // (100 * UNITS))
    scores["grade"] = scores["profile"] + scores["engagement"]
    scores["profile_grade"], scores["engagement_level"] = scores["profile"], scores["engagement"].astype("int32")
    scores[
        [
            "lead_id",
            "scoring_model",
            "profile_score",
            "profile_grade",
            "engagement_score",
            "engagement_level",
            "grade",
            "combined_score",
        ]
    ].to_parquet(out / "lead_scores.parquet")


def grades(policy: Policy, dimension: str, scores: pd.DataFrame) -> pd.Series:
    """The grade or level of each score, by the bands of its model."""
    found, score = pd.Series(None, index=scores.index, dtype="str"), scores[f"{dimension}_score"]
    for band in policy.grade_bands:
        if band["dimension"] == dimension:
            is_within = scores["scoring_model"] == band["scoring_model"]
            if band["from_score"] is not None:
                is_within &= score >= band["from_score"]
            if band["to_score"] is not None:
                is_within &= score < band["to_score"]
            found = found.where(~is_within, band["grade"])
    return found
