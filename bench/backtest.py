"""How fast a scorecard is tried on stored calls: makes a database of them, and times `callmark backtest`.

    bench/backtest.py [--calls 10000] [--language en] [--against] [--workers N] [--database FILE]

No two calls say the same, so that nothing is gained by remembering; ten minutes and 150 turns each, with the time of
every word. A database that is named is kept, and used as it is when it is there.
"""

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import SQLModel

from app.accounts.models import Role, User
from app.calls.models import Call, CallState, Direction
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.transcript import Transcript
from app.evaluations.models import Evaluation, StoredFinding
from app.evaluations.service import rules_version
from app.kit import db
from app.kit.migrations import upgrade
from app.reviews.models import Review, ReviewVerdict
from app.scorecards.loader import shipped_card
from app.scorecards.models import ScorecardVersion
from app.transcription.models import TranscriptRevision
from app.transcription.readings import kept_with

TURNS, SECONDS, AGENTS, REVIEWED = 150, 600.0, 40, 10
BEGINNING = datetime(2026, 9, 1, tzinfo=UTC)
VERDICTS = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.UNCERTAIN)
SAID = {
    "en": {
        "first": ("Good morning, {thing} service, {name} speaking, how can I help you?", "Yes, hello?", "{name} here."),
        "agent": (
            "May I have your name please, and the number {number}?",
            "Let me check the {thing} for you, just a moment please.",
            "I am sorry to hear that the {thing} did not {act} on the {number}th.",
            "So you would like us to {act} the {thing} before {number}, is that right?",
            "The {thing} will {act} within {number} days, Mr {name}.",
            "Could you hold the line while I {act} the {thing}?",
            "Thank you for waiting, the {thing} number is {number}.",
            "I see {number} here, and the {thing} that you wanted to {act}.",
        ),
        "customer": (
            "My name is {name} and my {thing} is broken since {number} days.",
            "I already called {number} times about this {thing}, nobody could {act} it.",
            "Well, when will you {act} the {thing}?",
            "The {thing} costs {number}, that is not what we said.",
            "No, I wanted to {act} it with the other {thing}.",
            "Okay, {number}, I have written that down.",
            "Yes.",
            "Okay, thank you.",
        ),
        "last": ("Is there anything else I can help you with? Thank you for calling, goodbye.", "Right, bye."),
        "thing": "card parcel contract router invoice ticket meter phone policy booking account order lamp".split(),
        "act": "send block renew repair change cancel confirm deliver open close move charge refund test".split(),
        "name": "Osei Miller Chen Garcia Novak Rossi Tanaka Smith Kowalski Dubois Haddad Larsen Okafor Weber".split(),
        "sound": "ba de ki lo mu na pe ri so tu va ze".split(),
    },
    "zh": {
        "first": ("您好，{thing}服务中心，我是{name}，请问有什么可以帮您？", "喂，什么事？", "你好，我姓{name}。"),
        "agent": (
            "请问您贵姓，您的号码是{number}吗？",
            "我帮您查一下{thing}，请您稍等。",
            "非常抱歉，您的{thing}在{number}号没有{act}。",
            "您是想在{number}号之前{act}{thing}，对吗？",
            "{name}先生，{thing}会在{number}天之内{act}。",
            "麻烦您别挂机，我去{act}一下{thing}。",
            "让您久等了，{thing}的编号是{number}。",
        ),
        "customer": (
            "我姓{name}，我的{thing}坏了{number}天了。",
            "这个{thing}我打了{number}次电话，都没有人{act}。",
            "那你们什么时候能{act}{thing}？",
            "{thing}要{number}块，跟之前说的不一样。",
            "好的，{number}，我记下来了。",
            "嗯。",
            "好的，谢谢。",
        ),
        "last": ("请问还有其他可以帮您的吗？感谢您的来电，再见。", "行，就这样。"),
        "thing": "银行卡 包裹 合同 路由器 发票 车票 电表 手机 保单 订单 账户 套餐 宽带 空调".split(),
        "act": "寄出 冻结 续签 维修 更改 取消 确认 送达 开通 关闭 转移 扣款 退款 测试".split(),
        "name": "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱".split(),
        "sound": "东 南 西 北 山 水 风 云 花 木 春 秋".split(),
    },
    "ja": {
        "first": (
            "お電話ありがとうございます、{thing}センターの{name}でございます。",
            "はい、もしもし。",
            "{name}です。",
        ),
        "agent": (
            "お客様のお名前と{number}番をお伺いしてもよろしいでしょうか。",
            "{thing}をお調べいたしますので、少々お待ちください。",
            "{number}日に{thing}が{act}できず、申し訳ございません。",
            "{number}日までに{thing}を{act}ということでよろしいですか。",
            "{name}様、{thing}は{number}日以内に{act}いたします。",
            "お待たせいたしました、{thing}の番号は{number}です。",
        ),
        "customer": (
            "{name}と申しますが、{thing}が{number}日前から壊れています。",
            "{thing}のことで{number}回も電話しましたが、誰も{act}してくれません。",
            "いつ{thing}を{act}してもらえますか。",
            "はい、{number}ですね、メモしました。",
            "はい。",
            "ええ、そうです。",
        ),
        "last": ("他にご不明な点はございませんか。お電話ありがとうございました。", "はい、では。"),
        "thing": "カード 荷物 契約 ルーター 請求書 切符 メーター 携帯 保険 注文 口座 プラン 回線 エアコン".split(),
        "act": "発送 停止 更新 修理 変更 解約 確認 配達 開通 閉鎖 移動 請求 返金 検査".split(),
        "name": "田中 佐藤 鈴木 高橋 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口".split(),
        "sound": "あさ ひる よる はな つき ほし かわ やま うみ そら かぜ ゆき".split(),
    },
}


def main() -> None:
    """Make the database unless it is there, and time the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--language", choices=SAID, default="en")
    parser.add_argument("--against", action="store_true", help="judge by the same scorecard twice, reading nothing old")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--database", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="callmark-") as folder:
        file = (args.database or Path(folder) / "app.db").resolve()
        if not file.exists():
            began = time.perf_counter()
            make(file, args.calls, args.language)
            print(f"{file.stat().st_size / 1e6:.0f} MB made in {time.perf_counter() - began:.0f} s", flush=True)
        words = ["backtest", f"inbound-{args.language}"]
        words += ["--against", f"inbound-{args.language}"] if args.against else []
        words += ["--workers", str(args.workers)] if args.workers else []
        began = time.perf_counter()
        subprocess.run(
            [Path(sys.executable).with_name("callmark"), *words],
            env={"CALLMARK_DATABASE_URL": f"sqlite:///{file}", "PATH": ""},
            check=True,
        )
        took = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        worked = used.ru_utime + used.ru_stime
        print(f"{took:.1f} s, {args.calls / took:.0f} calls a second; {worked:.1f} s of processor time")


def make(file: Path, count: int, language: str) -> None:
    """A database of calls, each judged somehow, every tenth reviewed."""
    upgrade(f"sqlite:///{file}")
    engine = db.make_engine(f"sqlite:///{file}")
    card = shipped_card(language)
    chance = random.Random(20_261_122)
    with engine.begin() as connection:
        rows = [{"id": n, "username": f"agent{n}", "name": f"Agent {n}", "role": Role.AGENT, "active": True,
                 "language": "en", "created_at": BEGINNING} for n in range(1, AGENTS + 1)]  # fmt: skip
        connection.execute(insert(User), rows)
        version = {"version": card.version, "scorecard": card.id, "content": card.model_dump(mode="json")}
        connection.execute(insert(ScorecardVersion), [{**version, "created_at": BEGINNING}])
        for first in range(1, count + 1, 200):
            part = range(first, min(count + 1, first + 200))
            _add(connection, part, language, [item.id for item in card.items], card.version, chance)
    engine.dispose()


def _add(
    connection: Connection, part: range, language: str, items: list[str], version: str, chance: random.Random
) -> None:
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        kind: [] for kind in (Call, TranscriptRevision, Evaluation, StoredFinding, Review, ReviewVerdict)
    }
    for number in part:
        at = BEGINNING + timedelta(minutes=number)
        rows[Call].append(
            {"id": number, "content_hash": f"{number:064x}", "blob": "", "file_name": "call.wav", "size_bytes": 1,
             "state": CallState.SCORED, "language": language, "direction": Direction.INBOUND,
             "agent_id": number % AGENTS + 1, "started_at": at, "site_day": date(2026, 9, 1 + number % 28),
             "duration": SECONDS, "channels": 2, "created_at": at, "created_by": "bench"}
        )  # fmt: skip
        heard = transcript(language, chance)
        rows[TranscriptRevision].append(
            {"id": number, "call_id": number, "revision": 1, "attempt": 1, "engine": "bench", "created_at": at,
             "content": heard, "created_by": "bench", **kept_with(Transcript.model_validate(heard))}
        )  # fmt: skip
        passed = chance.choice((True, False, None))
        rows[Evaluation].append(
            {"id": number, "call_id": number, "transcript_id": number, "scorecard_version": version,
             "rules_version": rules_version(), "current": True, "score": 80.0, "low": 70.0, "high": 90.0,
             "passed": passed, "critical_failed": False, "created_at": at, "created_by": "machine"}
        )  # fmt: skip
        found = {item: chance.choice(VERDICTS) for item in items}
        rows[StoredFinding] += (
            {"evaluation_id": number, "item_id": item, "place": place, "verdict": verdict, "content": {"of": item}}
            for place, (item, verdict) in enumerate(found.items())
        )
        if number % REVIEWED == 0:
            rows[Review].append(
                {"id": number, "call_id": number, "evaluation_id": number, "state": ReviewState.SUBMITTED,
                 "reviewer_id": 1, "created_at": at, "submitted_at": at, "passed": passed}
            )  # fmt: skip
            rows[ReviewVerdict] += (
                {"review_id": number, "item_id": item, "verdict": chance.choice(VERDICTS[:3]), "decided_by": 1,
                 "machine_verdict": verdict, "fingerprint": "", "decided_at": at}
                for item, verdict in found.items()
            )  # fmt: skip
    for kind, some in rows.items():
        if some:
            connection.execute(insert(kind), some)


def transcript(language: str, chance: random.Random) -> dict[str, Any]:
    """A call of ten minutes as a recogniser hears it, with the time of every word."""
    turns, at = [], 0.5
    length = (SECONDS - 1) / TURNS
    for place, (speaker, text) in enumerate(_talk(SAID[language], chance)):
        end = at + length * chance.uniform(0.6, 0.95)
        parts = text.split() if language == "en" else [text[i : i + 2] for i in range(0, len(text), 2)]
        each = (end - at) / len(parts)
        words = [
            {"text": word, "start": round(at + n * each, 2), "end": round(at + (n + 1) * each, 2),
             "confidence": round(chance.uniform(0.6, 1), 3)}
            for n, word in enumerate(parts)
        ]  # fmt: skip
        turns.append({"speaker": speaker, "start": round(at, 2), "end": round(end, 2), "text": text, "words": words,
                      "confidence": round(chance.uniform(0.7, 1), 3), "speaker_confidence": 1.0})  # fmt: skip
        at = 0.5 + (place + 1) * length
    spans = {
        side: [{"start": turn["start"], "end": turn["end"]} for turn in turns if turn["speaker"] == side]
        for side in ("agent", "customer")
    }
    holds = [{"start": 200.0, "end": 260.0, "kind": "music"}] if chance.random() < 0.4 else []
    return {"language": language, "duration": SECONDS, "channels": 2, "turns": turns, "holds": holds, "activity": spans}


def _talk(said: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, str]]:
    for place in range(TURNS):
        speaker = "agent" if place % 2 == 0 else "customer"
        kind = "first" if place == 0 else "last" if place == TURNS - 2 else speaker
        lines = [chance.choice(said[kind])]
        # Words nobody said before, in every turn: as names and products are.
        made_up = "".join(chance.choices(said["sound"], k=3))
        lines += [f"{chance.choice(said[speaker]).rstrip('.。?？')} {made_up}."] if chance.random() < 0.4 else []
        yield (
            speaker,
            " ".join(lines).format(
                number=chance.randrange(2, 10_000),
                **{slot: chance.choice(said[slot]) for slot in ("thing", "act", "name")},
            ),
        )


if __name__ == "__main__":
    main()
