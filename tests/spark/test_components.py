"""The components of drawn graphs on Spark, where the query is a loop over tables, against union-find."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess

from orchestration.engines.thrift import Thrift
from orchestration.home import DBT_PROJECT
from orchestration.project import DBT

CHANCE = random.Random(7)
Edge = tuple[str, str]


def _chain(name: str, length: int) -> list[Edge]:
    nodes = [f"{name}{number:04}" for number in range(length)]
    CHANCE.shuffle(nodes)
    return list(itertools.pairwise(nodes))


def _drawn_graph() -> list[Edge]:
    """Long chains in any order, cycles, stars, trees, cliques, loops, and many small random components."""
    edges = [*_chain("chain:", 300), *_chain("ring:", 60), ("self:1", "self:1"), ("pair:b", "pair:a")]
    ring = [edge for edge in edges if edge[0].startswith("ring:")]
    edges.append((ring[-1][1], ring[0][0]))
    edges += [(f"star:{number:03}", "star:500") for number in range(400)]
    edges += [(f"tree:{number}", f"tree:{(number - 1) // 2}") for number in range(1, 200)]
    edges += list(itertools.combinations([f"clique:{number}" for number in range(12)], 2))
    edges += [(f"random:{CHANCE.randrange(700)}", f"random:{CHANCE.randrange(700)}") for _ in range(420)]
    return edges


def _components(edges: list[Edge]) -> dict[str, str]:
    parent: dict[str, str] = {}

    def top(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for one, other in edges:
        small, large = sorted((top(one), top(other)))
        parent[large] = small
    return {node: top(node) for node in parent}


def test_components_of_every_shape(thrift: Thrift) -> None:
    edges = _drawn_graph()
    both_ways = sorted({pair for one, other in edges for pair in ((one, other), (other, one))})
    values = ", ".join(f"('{one}', '{other}')" for one, other in both_ways)
    with thrift.session() as session:
        for schema in ("probes", "leadhouse"):
            session.rows(f"create schema if not exists {schema}")
        session.rows("drop table if exists probes.edges")
        session.rows(
            f"create table probes.edges using parquet as select * from values {values} as e(from_node, to_node)"
        )
    edges_there = "api.Relation.create(schema='probes', identifier='edges')"
    done = subprocess.run(
        [
            *(DBT, "--quiet", "--no-use-colors", "show", "--limit", "-1", "--output", "json"),
            *("--inline", f"{{{{ connected_components({edges_there}) }}}}"),
            *("--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT),
        ],
        cwd=DBT_PROJECT,
        env=os.environ | thrift.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[:3000]
    found = {row["node"]: row["component"] for row in json.loads(done.stdout)["show"]}
    assert found == _components(edges)
