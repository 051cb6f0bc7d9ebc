import pytest
from dagster_graphql.schema import create_schema
from graphql import parse, validate

from api.launcher import LAUNCH


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_query_is_valid_in_dagsters_own_schema() -> None:
    assert validate(create_schema().graphql_schema, parse(LAUNCH)) == []
