"""Lists of common systems come in by the mappings that ship, and by one's own."""

from datetime import UTC, date, datetime

import pytest

from app.contacts.mapping import (
    MappingUnknown,
    MappingUnusable,
    mapping_called,
    mapping_in,
    read_mapping,
    shipped_mappings,
)
from app.contacts.models import Contact
from app.contacts.rows import ColumnsMissing

GENERIC = """\
call_id,start_time,direction,caller,called,queue,agent,ring_count,wait_time,talk_time,hold_time,wrap_time,result,transferred,cost
1,2026-11-20 09:00:00+08:00,in,+86 21 5555 0100,400,support,DANA,2,0:00:12,0:03:20,15,0:01:00,Answered,no,0.2
2,2026-11-20 09:05:00+08:00,in,,400,support,,,3:10,,,,No answer,,
3,2026-11-20 09:10:00+08:00,out,400,+86 21 5555 0100,,mei,4,,40,,5,answered,yes,
"""
ASTERISK = '''\
"","02155550100","400","from-trunk","""Li"" <02155550100>","PJSIP/trunk-00000001","PJSIP/dana-00000002","Queue","support,t,,,60","2026-11-20 09:00:00","2026-11-20 09:00:12","2026-11-20 09:03:32",212,200,"ANSWERED","DOCUMENTATION","1795136400.1",""
"","mei","02155550100","from-internal","mei","PJSIP/mei-00000003","PJSIP/trunk-00000004","Dial","PJSIP/02155550100@trunk","2026-11-20 09:10:00","","2026-11-20 09:10:30",30,0,"NO ANSWER","DOCUMENTATION","1795137000.2",""
'''
QUEUE_LOG = """\
1795136399|NONE|NONE|NONE|QUEUESTART|
1795136400|1795136400.1|support|NONE|ENTERQUEUE||02155550100|1
1795136405|1795136400.1|support|PJSIP/mei|RINGNOANSWER|5000
1795136412|1795136400.1|support|PJSIP/dana|CONNECT|12|1795136400.9|3
1795136500|1795136500.2|support|NONE|ENTERQUEUE||02155550101|2
1795136504|1795136500.2|support|NONE|ABANDON|1|2|4
1795136612|1795136400.1|support|PJSIP/dana|COMPLETECALLER|12|200|1
1795136700|1795136700.3|sales|NONE|ENTERQUEUE||02155550102|1
1795136710|1795136700.3|sales|PJSIP/mei|CONNECT|10|1795136700.9|2
1795136740|1795136700.3|sales|PJSIP/mei|BLINDTRANSFER|400|default|10|30|1
1795136740|1795136700.3|support|NONE|ENTERQUEUE||02155550102|1
1795136800|1795136700.3|support|NONE|EXITWITHTIMEOUT|1|1|60
this is no line of the log
1795136900|1795136900.4|support|NONE|ENTERQUEUE||02155550103|1
"""
GENESYS = """\
conversationId,conversationStart,mediaType,originatingDirection,queueName,userName,ani,tAcd,tAnswered,tTalk,tHeld,tAcw,tHandle,nTransferred
g-1,2026-11-20T01:00:00.000Z,voice,inbound,Support,dana,tel:+862155550100,12400,12400,160000,20000,30499,210499,1
g-2,2026-11-20T01:05:00.000Z,message,inbound,Support,,,4000,,,,,,
"""


def told(contact: Contact, *names: str) -> list[object]:
    return [getattr(contact, name) for name in names]


def test_generic_records_come_in(switch):
    assert switch.text(GENERIC, mapping_called("generic-cdr", "contacts")).bad == 0
    one, two, three = (switch.contact(name) for name in "123")
    assert told(one, "direction", "agent_id", "rings", "wait_seconds", "talk_seconds", "hold_seconds") == [
        "inbound",
        switch.cast.dana.id,
        2,
        12,
        200,
        15,
    ]
    assert told(one, "after_call_seconds", "answered", "transferred") == [60, True, False]
    assert told(two, "answered", "wait_seconds", "customer_key", "transferred") == [False, 190, None, None]
    assert told(three, "direction", "customer_key", "transferred") == ["outbound", None, True]


def test_call_detail_records_of_asterisk_come_in(switch):
    mapping = mapping_called("asterisk-cdr", "contacts").model_copy(update={"time_zone": "Asia/Shanghai"})
    assert switch.text(ASTERISK, mapping).bad == 0
    came, went = switch.contact("1795136400.1"), switch.contact("1795137000.2")
    assert came.started_at == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert told(came, "direction", "answered", "wait_seconds", "talk_seconds", "queue", "agent_id") == [
        "inbound",
        True,
        12,
        200,
        "support",
        switch.cast.dana.id,
    ]
    assert told(went, "direction", "answered", "wait_seconds", "talk_seconds", "queue", "agent_id") == [
        "outbound",
        False,
        30,
        None,
        "",
        switch.cast.mei.id,
    ]
    assert came.customer_key == went.customer_key is not None


def test_visits_to_queues_are_put_together_of_their_events(switch):
    taken = switch.text(QUEUE_LOG, mapping_called("asterisk-queue-log", "contacts"))
    assert [(one.line, one.column) for one in taken.bad_rows] == [(14, "answered")]
    found = switch.all()
    assert found.keys() == {
        "1795136400.1:1795136400",
        "1795136500.2:1795136500",
        "1795136700.3:1795136700",
        "1795136700.3:1795136740",
    }
    facts = ("queue", "answered", "wait_seconds", "talk_seconds", "transferred", "agent_id")
    assert told(found["1795136400.1:1795136400"], *facts) == ["support", True, 12, 200, False, switch.cast.dana.id]
    assert told(found["1795136500.2:1795136500"], *facts) == ["support", False, 4, None, None, None]
    assert told(found["1795136700.3:1795136700"], *facts) == ["sales", True, 10, 30, True, switch.cast.mei.id]
    assert told(found["1795136700.3:1795136740"], *facts) == ["support", False, 60, None, None, None]


@pytest.mark.parametrize("odd", ["inf", "nan", "1e400", "-1", "9" * 30])
def test_an_odd_time_in_a_log_of_events_leaves_the_visits_beside_it_alone(switch, odd):
    event = f"{odd}|x|support|NONE|ENTERQUEUE||02155550102|1\n"
    ended = f"{odd}|1795136400.1|support|PJSIP/dana|BLINDTRANSFER|400|default|10|30|1\n"
    log = "".join(line + (event + ended if "CONNECT|12" in line else "") for line in QUEUE_LOG.splitlines(True))
    switch.text(QUEUE_LOG, mapping_called("asterisk-queue-log", "contacts"))
    before = switch.all()
    taken = switch.text(log, mapping_called("asterisk-queue-log", "contacts"))
    assert (taken.added, taken.changed, switch.all()) == (0, 0, before)


def test_conversations_in_milliseconds_come_in(switch):
    assert switch.text(GENESYS, mapping_called("genesys-like", "contacts")).bad == 0
    one, two = switch.contact("g-1"), switch.contact("g-2")
    facts = ("channel", "answered", "wait_seconds", "talk_seconds", "hold_seconds", "after_call_seconds", "transferred")
    assert told(one, *facts) == ["phone", True, 12, 160, 20, 30, True]
    assert told(two, *facts) == ["chat", False, 4, None, None, None, None]


def test_one_column_may_have_several_rules_constants_and_rows_to_skip(switch, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        """
id: mine
title: My switch
time_zone: Asia/Tokyo
skip: {Kind: [internal]}
columns:
  external_id: Id
  started_at: {column: When, time: "%d/%m/%Y %H:%M"}
  channel: {value: chat}
  answered: {column: Talk, values: {"": no}, otherwise: yes}
  talk_seconds: {column: Talk, unit: min}
  agent: [{column: First, when: {Kind: [a]}}, Second]
""",
        encoding="utf-8",
    )
    rows = "id,when,kind,first,second,talk\n1,20/11/2026 00:30,a,dana,mei,1.5\n2,20/11/2026 00:30,b,dana,mei,\n3,x,internal,,,\n"
    taken = switch.text(rows, mapping_in(file))
    assert (taken.added, taken.bad) == (2, 0)
    assert told(switch.contact("1"), "channel", "answered", "talk_seconds", "agent_id") == [
        "chat",
        True,
        90,
        switch.cast.dana.id,
    ]
    assert told(switch.contact("2"), "answered", "agent_id") == [False, switch.cast.mei.id]
    assert switch.contact("1").started_at == datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
    assert switch.contact("1").site_day == date(2026, 11, 19) or switch.contact("1").site_day == date(2026, 11, 20)


def test_a_list_of_another_system_is_refused(switch):
    with pytest.raises(ColumnsMissing, match="call_id"):
        switch.text(GENESYS, mapping_called("generic-cdr", "contacts"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("columns: [", "no YAML"),
        ("id: a\ntitle: A\ncolumns: {external_id: x, colour: y}", "colour is none of our columns"),
        ("id: a\ntitle: A\ncolumns: {queue: x}", "say which column is external_id"),
        ("id: a\ntitle: A\ncolumns: {external_id: {column: x, pattern: '('}}", "no regular expression"),
        ("id: a\ntitle: A\ncolumns: {external_id: {column: x, pattern: 'x'}}", "into brackets"),
        ("id: a\ntitle: A\ncolumns: {external_id: {unit: s}}", "say either column or value"),
        ("id: a\ntitle: A\nheader: false\ncolumns: {external_id: x}", "names of its columns"),
        ("id: a\ntitle: A\ntime_zone: Mars\ncolumns: {external_id: x}", "no time zone"),
        ("just words", "the mapping"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(written, said):
    with pytest.raises(MappingUnusable, match=said):
        read_mapping(written)


def test_the_mappings_that_ship_are_known_by_name():
    assert list(shipped_mappings()) == ["asterisk-cdr", "asterisk-queue-log", "generic-cdr", "genesys-like"]
    with pytest.raises(MappingUnknown, match="generic-cdr"):
        mapping_called("acme", "contacts")
