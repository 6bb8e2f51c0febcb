"""`callmark export-scorecard`, `import-scorecard`, `diff`, as a quality lead uses them."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.kit import db
from app.kit.migrations import upgrade
from app.kit.shipped import shipped
from app.scorecards.loader import read, scorecard
from app.scorecards.service import keep
from app.settings import Settings

CALLMARK = str(Path(sys.executable).with_name("callmark"))
CALL = {
    "id": "a",
    "language": "zh",
    "direction": "inbound",
    "turns": [
        {"speaker": "agent", "start": 0.0, "end": 4.0, "text": "您好,这里是海港银行,工号三零二,请问有什么可以帮您?"},
        {"speaker": "customer", "start": 4.5, "end": 7.0, "text": "我的卡丢了。"},
        {"speaker": "agent", "start": 7.5, "end": 9.0, "text": "已经挂失了,感谢您的来电。"},
    ],
}


def run(*words: object, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [CALLMARK, *map(str, words)], capture_output=True, timeout=120, check=False, cwd=folder, encoding="utf-8"
    )


def flat(text: str) -> str:
    """What a usage error says, without the box that is drawn around it."""
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def form(tmp_path: Path) -> Path:
    book = Workbook()
    for row in (
        ["客服质检评分表"],
        ["环节", "检查项", "分值"],
        ["开场", "使用规定的开头语", 40],
        [None, "核实客户身份", 60],
        ["结束", "感谢客户来电", 100],
    ):
        book.active.append(row)
    book.save(tmp_path / "form.xlsx")
    return tmp_path / "form.xlsx"


def test_a_form_becomes_a_card_that_scores_a_call(form, tmp_path):
    done = run("import-scorecard", form, "our-card.yaml", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[:2] == [
        "3 rows became items: 2 with a rule, 1 for a person.",
        "The points of the form add up to 200; they were scaled to 100.",
    ]
    (tmp_path / "call.json").write_text(json.dumps(CALL), "utf-8")
    scored = run("score", "call.json", "--scorecard", "our-card.yaml", "--jsonl", folder=tmp_path)
    items = {item["id"]: (item["verdict"], item["max_points"]) for item in json.loads(scored.stdout)["items"]}
    assert items == {
        "standard_greeting": ("pass", 20),
        "item_2": ("unscored", 30),
        "thanks_for_calling": ("pass", 50),
    }


def test_a_card_goes_to_excel_and_comes_back(tmp_path):
    done = run("export-scorecard", "inbound-ja", "card.xlsx", "--language", "en", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "Written: card.xlsx\n")
    assert run("import-scorecard", "card.xlsx", "back.yaml", folder=tmp_path).returncode == 0
    back = read(tmp_path / "back.yaml")
    assert back.items == scorecard("inbound-ja").items
    told = run("diff", "inbound-ja", "back.yaml", folder=tmp_path)
    assert told.stdout.startswith("Scorecard\n  Id: inbound-ja → back\n")
    assert "Item " not in told.stdout


def test_a_file_that_is_there_is_never_replaced(form, tmp_path):
    kept = dict.fromkeys(("card.yaml", "card.xlsx"), b"work of an afternoon")
    for name, content in kept.items():
        (tmp_path / name).write_bytes(content)
    for words in (["import-scorecard", form, "card.yaml"], ["export-scorecard", "inbound-en", "card.xlsx"]):
        done = run(*words, folder=tmp_path)
        assert done.returncode == 2
        assert "is there already" in flat(done.stderr)
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept


def test_a_file_without_a_form_is_told_in_a_sentence(tmp_path):
    (tmp_path / "calls.csv").write_text("call,agent\n1,Nina\n", "utf-8")
    done = run("import-scorecard", "calls.csv", "card.yaml", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("calls.csv: no form was found.")
    assert not (tmp_path / "card.yaml").exists()


def test_the_same_card_has_no_difference(tmp_path):
    done = run("diff", "inbound-en", "inbound-en", "--exit-code", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "There is no difference.\n")


@pytest.mark.parametrize(("option", "code"), [([], 0), (["--exit-code"], 1)])
def test_a_difference_is_an_exit_code_only_when_asked_for(tmp_path, option, code):
    done = run("diff", "inbound-en", "inbound-zh", *option, folder=tmp_path)
    assert done.returncode == code
    assert "  Language of the calls: en → zh" in done.stdout.splitlines()


def test_a_stored_version_is_named_by_the_beginning_of_its_hash(tmp_path):
    shutil.copy(shipped("scorecards") / "inbound-en.yaml", tmp_path / "card.yaml")
    card = read(tmp_path / "card.yaml")
    settings = Settings(data_dir=tmp_path)
    upgrade(settings.database)
    with db.session(db.make_engine(settings.database)) as session:
        keep(session, card, datetime(2026, 11, 22, tzinfo=UTC))
        other = type(card).model_validate(card.model_dump(mode="json") | {"pass_mark": 70})
        keep(session, other, datetime(2026, 11, 22, tzinfo=UTC))
    beginning = card.version[:20]
    done = run("diff", beginning, "card.yaml", "--data-dir", tmp_path, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "There is no difference.\n")
    both = run("diff", "sha256:", "inbound-en", "--data-dir", tmp_path, folder=tmp_path)
    assert both.returncode == 2
    assert "2 stored versions begin with sha256:" in flat(both.stderr)
    none = run("diff", "sha256:nothing", "inbound-en", "--data-dir", tmp_path, folder=tmp_path)
    assert "no stored version begins with sha256:nothing" in flat(none.stderr)


def test_without_a_database_none_is_made(tmp_path):
    done = run("diff", "sha256:12", "inbound-en", "--data-dir", tmp_path / "none", folder=tmp_path)
    assert done.returncode == 2
    assert "there is no database" in flat(done.stderr)
    assert list(tmp_path.iterdir()) == []
