"""Commands of distribution: distribute, dispatches, receipt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parkeval.arguments import AS_JSON, EXISTING, HOME, OF_SCHEME, YEAR_OR_LAST, published, run_of
from parkeval.front import ChineseCommand, print_json, progress_line

if TYPE_CHECKING:
    from parkeval.home import Home

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    cls=ChineseCommand, help="按收件单位备好送达文件：检查有无别的园区的数据，附清单和校验和，登记送出；不代发邮件。"
)
@HOME
@OF_SCHEME
@YEAR_OR_LAST
@click.option("--to", "out", type=EXISTING, required=True, metavar="OUT", help="放到哪个新文件夹")
@click.option("--by", required=True, metavar="NAME", help="经办人，印在送达清单上")
@click.option("--on", "sent_on", type=_DAY, metavar="DATE", help="送出日期，缺省为今天")
@click.option(
    "--recipient", "recipients", multiple=True, metavar="NAME", help="只送这些：园区代码、名称或通报读者，可写多次"
)
@click.option("--zip", "as_zip", is_flag=True, help="每个收件单位一个 zip，缺省为文件夹")
@click.option(
    "--sign", "key", type=EXISTING, metavar="FILE", help="给 PDF 签名：PKCS#12 证书（.p12、.pfx），或令牌的说明（TOML）"
)
@click.option(
    "--passphrase-file", type=EXISTING, metavar="FILE", help="放签名口令的文件；不写时取环境变量或在终端上询问"
)
@click.option(
    "--contacts",
    type=EXISTING,
    metavar="FILE",
    help="联系人表（TOML 或 .xlsx），缺省为 HOME/office 中的 联系人.toml 或 联系人.xlsx",
)
@click.option(
    "--mail",
    "mail_template",
    type=EXISTING,
    metavar="FILE",
    help="邮件模板，代替自带的；缺省为 HOME/office 中的 送达邮件.txt（有的话）",
)
@click.option(
    "--rules",
    type=EXISTING,
    metavar="FILE",
    help="送达规则（TOML），代替自带的相应部分；缺省为 HOME/office 中的 送达规则.toml（有的话）",
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", default=2, help="印送达清单的进程数，缺省 2")
@AS_JSON
def distribute(
    home: Path,
    scheme_key: str | None,
    year: int | None,
    out: Path,
    by: str,
    sent_on: Any,
    recipients: tuple[str, ...],
    as_zip: bool,
    key: Path | None,
    passphrase_file: Path | None,
    contacts: Path | None,
    mail_template: Path | None,
    rules: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Papers ready to be sent."""
    from datetime import date

    from parkeval.distribution.contacts import load_contacts, no_contacts
    from parkeval.distribution.delivery import Order
    from parkeval.distribution.delivery import distribute as deliver
    from parkeval.distribution.mail import Letters
    from parkeval.distribution.rules import load_rules
    from parkeval.distribution.signing import open_signing
    from parkeval.errors import VerificationFailed
    from parkeval.home import Home

    place = Home(home)
    tables = published(place)
    scheme, chosen = run_of(tables, year, scheme_key)
    contacts = contacts or _of_office(place, "联系人.toml", "联系人.xlsx")
    mail_template = mail_template or _of_office(place, "送达邮件.txt")
    rules = rules or _of_office(place, "送达规则.toml")
    day = sent_on.date() if sent_on else date.today()
    signing = open_signing(key, passphrase_file, date.today()) if key else None
    order = Order(
        scheme, chosen, by, day, load_rules(rules), recipients, as_zip,
        load_contacts(contacts) if contacts else no_contacts(), Letters(mail_template),
        signing.sign if signing else None, signing.signer if signing else "", place.office, workers,
    )  # fmt: skip
    try:
        done = deliver(tables, place, out, order, progress_line())
    finally:
        if signing:
            signing.close()
    if as_json:
        print_json(
            {
                "out": str(out), "repeated": done.repeated, "packages": done.packages,
                "stopped": [str(problem) for problem in done.stopped], "notes": done.notes,
            }
        )  # fmt: skip
    else:
        mails = sum(row["mail"] is not None for row in done.packages)
        said = "早已备好，没有改动" if done.repeated else "已备好并登记"
        print(f"{chosen} 年度送达文件{said}：{len(done.packages)} 包，邮件草稿 {mails} 份，在 {out}")
        print(f"登记和回执：./run dispatches {home} --year {chosen}")
    for note in done.notes:
        print(note, file=sys.stderr)
    if done.stopped:
        sys.stdout.flush()
        raise VerificationFailed(done.stopped)


def _of_office(home: Home, *names: str) -> Path | None:
    """The first of these files that the office keeps in HOME/office."""
    return next((path for path in (home.folder / "office" / name for name in names) if path.is_file()), None)


@click.command(cls=ChineseCommand, help="列出送出登记：送给谁、何时、什么，有无回执。")
@HOME
@click.option("--year", type=click.IntRange(1990, 2200), metavar="Y", help="统计年度，缺省为全部")
@click.option("--open", "only_open", is_flag=True, help="只列尚无回执的")
@AS_JSON
def dispatches(home: Path, year: int | None, only_open: bool, as_json: bool) -> None:
    """What is out, and what is without receipt."""
    from parkeval.distribution import dispatch
    from parkeval.errors import VerificationFailed
    from parkeval.home import Home
    from parkeval.printing import text_table
    from report_templates.formatting import or_dash

    place = Home(home)
    place.published()
    faults = dispatch.faults(place)
    if faults:
        raise VerificationFailed(faults)
    rows = [row for row in dispatch.dispatches(place, year) if not (only_open and row["received_on"])]
    if as_json:
        print_json(rows)
        return
    names = ["登记号", "年度", "收件单位", "送出日期", "经办人", "文件", "批次", "回执日期", "签收人"]
    keys = ["number", "year", "name", "sent_on", "by", "files", "run_id", "received_on", "received_by"]
    shown = [[or_dash(len(row[key]) if key == "files" else row[key]) for key in keys] for row in rows]
    print(text_table(names, shown), end="")
    waiting = sum(row["received_on"] is None for row in rows)
    print(f"{len(rows)} 项，尚无回执 {waiting} 项", file=sys.stderr)


@click.command(cls=ChineseCommand, help="登记回执：第几号送达由谁在哪天签收。")
@HOME
@click.argument("number", type=click.IntRange(1))
@click.option("--person", required=True, metavar="NAME", help="签收人")
@click.option("--on", "received_on", type=_DAY, metavar="DATE", help="签收日期，缺省为今天")
@click.option("--by", required=True, metavar="NAME", help="登记人")
@click.option("--note", metavar="TEXT", help="备注，如缺件、退回")
@AS_JSON
def receipt(home: Path, number: int, person: str, received_on: Any, by: str, note: str | None, as_json: bool) -> None:
    """A receipt."""
    from datetime import date

    from parkeval.distribution import dispatch
    from parkeval.home import Home, writing

    place = Home(home)
    place.published()
    day = received_on.date() if received_on else date.today()
    with writing(place):
        entry = dispatch.record_receipt(place, number, person=person, received_on=day.isoformat(), by=by, note=note)
    if as_json:
        print_json(entry)
    else:
        print(f"已登记第 {entry['number']} 号：第 {number} 号送达由{person}于 {day.isoformat()} 签收")
