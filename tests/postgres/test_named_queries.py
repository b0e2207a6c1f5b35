from importlib import resources

import pytest

from adapters.postgres.named_queries import load, parse

TOPIC = """-- Queries of a topic that does not exist.

-- name: find
-- $1 id.
SELECT id
  FROM things
 WHERE id = $1

-- name: count_all
SELECT count(*) FROM things
"""


def test_queries_are_found_by_name_with_their_comment():
    assert parse("things", TOPIC) == {
        "find": "-- $1 id.\nSELECT id\n  FROM things\n WHERE id = $1",
        "count_all": "SELECT count(*) FROM things",
    }


def test_name_used_twice_is_refused():
    with pytest.raises(ValueError, match=r"things\.sql names a query twice"):
        parse("things", TOPIC + "\n-- name: find\nSELECT 1\n")


def test_sql_without_a_name_is_refused():
    with pytest.raises(ValueError, match=r"things\.sql has SQL before its first"):
        parse("things", "SELECT 1\n" + TOPIC)


def test_query_without_sql_is_refused():
    with pytest.raises(ValueError, match=r"things\.sql says nothing under 'empty'"):
        parse("things", TOPIC + "\n-- name: empty\n-- Only a comment.\n")


def test_unknown_topic_is_an_error():
    with pytest.raises(FileNotFoundError):
        load("nothing_of_the_kind")


def test_every_topic_of_ours_loads():
    folder = resources.files("adapters.postgres") / "sql"
    topics = [path.name.removesuffix(".sql") for path in folder.iterdir()]
    assert topics
    assert all(load(topic) for topic in topics)
