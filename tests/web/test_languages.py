"""A page speaks the reader's own language, else their browser's, else English."""

import pytest

from app.accounts import service
from app.accounts.models import User
from app.kit import db
from tests.web.conftest import Web


def sign_in_page(web: Web, accepted: str) -> str:
    """What somebody sees who has not signed in, once there is an administrator."""
    with db.session(web.engine) as session:
        service.set_password(session, session.get_one(User, web.cast.ada.id), "long enough")
    return web.get(None, "/sign-in", headers={"accept-language": accepted}).text


@pytest.mark.parametrize(
    ("accepted", "tag", "heading", "password"),
    [("zh-CN,zh;q=0.9", "zh-CN", "登录", "密码"), ("ja", "ja", "サインイン", "パスワード")],
)
def test_sign_in_speaks_the_language_of_the_browser(
    web: Web, accepted: str, tag: str, heading: str, password: str
) -> None:
    said = sign_in_page(web, accepted)
    assert f'<html lang="{tag}"' in said
    assert f"<h1>{heading}</h1>" in said
    assert password in said
    assert "Sign in" not in said


@pytest.mark.parametrize("accepted", ["fr-FR,fr;q=0.9", ""])
def test_an_unknown_language_gets_english(web: Web, accepted: str) -> None:
    said = sign_in_page(web, accepted)
    assert '<html lang="en"' in said
    assert "<h1>Sign in</h1>" in said


def test_the_language_a_person_chose_goes_before_the_browsers(web: Web) -> None:
    alice = web.cast.alice
    assert web.post(alice, "/me", data={"language": "zh"}).status_code == 303
    call = web.make_call()
    said = web.get(alice, f"/calls/{call}", headers={"accept-language": "ja"}).text
    assert '<html lang="zh-CN"' in said
    for words in ("转写文本", "坐席", "客户", "评分记录", "操作记录", "不合格", "此项由人工判定。"):
        assert words in said
    assert "A person judges this item." not in said


def test_a_refusal_says_what_to_do_in_the_readers_language(web: Web) -> None:
    said = web.post(None, "/sign-in", data={"username": "ada", "password": "wrong"}, headers={"accept-language": "ja"})
    assert "ユーザー名またはパスワードが違います。" in said.text


def test_a_reason_of_the_machine_is_told_in_the_readers_language(web: Web) -> None:
    alice = web.cast.alice
    web.post(alice, "/me", data={"language": "ja"})
    call = web.make_call(("agent", "Yes?"), ("customer", "My card was declined."))
    said = web.get(alice, f"/calls/{call}").text
    assert "この通話に保留はありません。" in said
    assert "聞き取れなかった内容：お客様の名前を尋ねる。" in said
    assert "Not heard" not in said
