"""A roster is imported in a browser: chosen, looked at, agreed to, by keyboard and in Chinese."""

from playwright.sync_api import expect

from app.accounts import queries as accounts
from app.accounts import service
from app.kit import db
from app.request import SESSION_COOKIE


def test_an_administrator_imports_a_roster_after_a_look_at_what_will_change(site, context):
    with db.session(site.engine) as session:
        service.set_language(session, session.merge(site.cast.ada), "zh")
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.ada), "url": site.url}])
    page = context.new_page()
    page.goto("/roster")
    page.locator("main summary").first.press("Enter")
    content = (
        "用户名;姓名;角色;班组;加入日期\r\ndana;Dana;坐席;Team B;2026/10/1\r\nlin;林 '\"<b>;坐席;夜班;\r\nx;;;;\r\n"
    )
    file = {"name": "名单.csv", "mimeType": "text/csv", "buffer": content.encode("gb18030")}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form[action='/roster/preview'] button").press("Enter")
    expect(page.locator("form[action='/roster/import'] tbody tr")).to_have_count(2)
    expect(page.locator("body")).to_contain_text("夜班")
    expect(page.locator("section[aria-labelledby=left-out] tbody tr")).to_have_count(1)
    page.locator("form[action='/roster/import'] button").press("Enter")
    expect(page.locator(".flashes")).to_be_visible()
    expect(page.locator("table").first).to_contain_text("2026-10-01")
    with db.session(site.engine, reads_only=True) as session:
        lin = accounts.user_named(session, "lin")
        assert lin is not None
        assert lin.name == "林 '\"<b>"
        dana = accounts.user(session, site.cast.dana.id)
        assert dana is not None
        assert dana.team_id == site.cast.team_b.id
