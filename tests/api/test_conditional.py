"""Nothing is sent twice that has not changed, and nothing is changed that somebody changed meanwhile."""

from tests.api.conftest import GOOD, Api, transcript


def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    first = api.get(f"/calls/{call}")
    tag = first.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = api.get(f"/calls/{call}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), known
    assert api.get(f"/calls/{call}", headers={"If-None-Match": '"other"'}).json() == first.json()


def test_a_change_gives_another_tag(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    before = api.get(f"/calls/{call}").headers["ETag"]
    changed = api.send("PATCH", f"/calls/{call}", json={"queue": "cards"})
    assert changed.json()["queue"] == "cards"
    assert changed.headers["ETag"] == api.get(f"/calls/{call}").headers["ETag"] != before


def test_who_changes_an_older_state_is_refused(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    read = api.get(f"/calls/{call}").headers["ETag"]
    api.send("PATCH", f"/calls/{call}", json={"queue": "cards"}, headers={"If-Match": read})
    for method, address in (("PATCH", f"/calls/{call}"), ("DELETE", f"/calls/{call}?reason=x")):
        late = api.send(method, address, json={"queue": "loans"}, headers={"If-Match": read})
        assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.get(f"/calls/{call}").json()["queue"] == "cards"
    assert api.send("PATCH", f"/calls/{call}", json={"queue": "a"}, headers={"If-Match": "*"}).is_success
    now = api.get(f"/calls/{call}").headers["ETag"]
    assert api.send("PATCH", f"/calls/{call}", json={"queue": "b"}, headers={"If-Match": now}).is_success


def test_of_what_has_a_version_that_alone_decides(api: Api) -> None:
    call = api.upload(transcript(*GOOD)).json()["id"]
    read = api.get(f"/calls/{call}").headers["ETag"]
    assert read.startswith('"1.')
    # Its state changes while it is worked on; its facts are those that were read.
    api.work(call)
    assert api.get(f"/calls/{call}").headers["ETag"] != read
    changed = api.send("PATCH", f"/calls/{call}", json={"queue": "cards"}, headers={"If-Match": read})
    assert changed.status_code == 200, changed.text


def test_what_is_no_tag_matches_nothing(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    for odd in ("", "1", '""', '"'):
        answer = api.send("PATCH", f"/calls/{call}", json={"queue": "x"}, headers={"If-Match": odd})
        assert answer.status_code == 412, odd
