"""The description of the API tells what every field is, with an example."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture
def schema(tmp_path: Path) -> dict[str, Any]:
    client = TestClient(create_app(Settings(data_dir=tmp_path)))
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field that goes in or comes out, with what is said about it."""
    for name, one in schema["components"]["schemas"].items():
        yield from ((f"{name}.{field}", said) for field, said in one.get("properties", {}).items())
    for path, methods in schema["paths"].items():
        for method, route in methods.items():
            yield from ((f"{method} {path} {one['name']}", one["schema"] | one) for one in route.get("parameters", []))
            for content in route.get("requestBody", {}).get("content", {}).values():
                yield from content["schema"].get("properties", {}).items()
            for answer in route["responses"].values():
                for content in answer.get("content", {}).values():
                    yield from content["schema"].get("properties", {}).items()


def is_made_of_others(said: dict[str, Any]) -> bool:
    """Whether a field holds values whose own fields have examples."""
    inside = [
        said,
        *said.get("anyOf", []),
        said.get("items", {}),
        *(one.get("items", {}) for one in said.get("anyOf", [])),
    ]
    return any("$ref" in one or "properties" in one for one in inside)


def test_every_field_says_what_it_is(schema: dict[str, Any]) -> None:
    assert [name for name, said in fields(schema) if not said.get("description")] == []


def test_every_field_has_an_example(schema: dict[str, Any]) -> None:
    assert [name for name, said in fields(schema) if not said.get("examples") and not is_made_of_others(said)] == []


def test_every_route_says_what_it_does_and_that_errors_are_problem_json(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, route in methods.items():
            assert route["description"], (method, path)
            assert "application/problem+json" in route["responses"]["422"]["content"], (method, path)
            assert route["security"] == [{"HTTPBearer": []}], (method, path)


def test_the_description_of_the_api_speaks_of_the_api_alone(schema: dict[str, Any]) -> None:
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_a_client_that_is_generated_from_it_has_plain_names(schema: dict[str, Any]) -> None:
    names = [route["operationId"] for methods in schema["paths"].values() for route in methods.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not name.isalnum() or not name[0].islower()] == []
    assert [name for name in schema["components"]["schemas"] if "__" in name] == []


def test_every_post_takes_an_idempotency_key_and_every_thing_has_a_tag(schema: dict[str, Any]) -> None:
    def headers(route: dict[str, Any]) -> set[str]:
        return {one["name"].lower() for one in route.get("parameters", []) if one["in"] == "header"}

    for path, methods in schema["paths"].items():
        for method, route in methods.items():
            assert ("idempotency-key" in headers(route)) == (method == "post"), (method, path)
            if method == "get":
                assert ("if-none-match" in headers(route)) == ("{" in path), path


def test_every_route_says_which_errors_it_answers_with(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, route in methods.items():
            told = set(route["responses"])
            assert {"401", "403", "422", "429", "default"} <= told, (method, path)
            assert "404" in told or "{" not in path, (method, path)
            assert "409" in told or method == "get", (method, path)
