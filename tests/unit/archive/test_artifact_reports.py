"""Reports as tools write them, and as nobody should."""

from io import BytesIO

import pytest
from longshore.api import archives
from longshore.archive.artifacts import reports
from longshore.archive.artifacts.reports import add_counts, count_tests
from longshore.errors import ArchiveError

PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest"
errors="1" failures="1" skipped="1" tests="4" time="0.03" hostname="h"><testcase name="a" time="0.0"/>
<testcase classname="t" name="b"><failure message="assert 0">def b(): &lt;testcase/&gt;</failure></testcase>
<testcase classname="t" name="c"><skipped type="pytest.skip" message="no">t.py:3: no</skipped></testcase>
<testcase classname="t" name="d"><error message="failed on setup">...</error></testcase></testsuite>
</testsuites>"""
SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?><testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/surefire-test-report.xsd" name="A" tests="2">
<properties><property name="java" value="21"/></properties><testcase name="flaky" classname="A" time="0.1">
<flakyFailure message="once"><stackTrace>x</stackTrace></flakyFailure></testcase><testcase name="b" classname="A">
<failure type="E">x</failure><rerunFailure type="E">x</rerunFailure>
<system-out><![CDATA[<testcase/>]]></system-out>
</testcase></testsuite>"""
JEST = """<testsuites name="jest tests" tests="3" failures="1" errors="0" time="1.2"><testsuite name="outer">
<testsuite name="inner"><testcase name="a"/><testcase name="b"><failure>x</failure><failure>y</failure></testcase>
</testsuite><testcase name="c"><skipped/></testcase></testsuite></testsuites>"""
GTEST = """<testsuites tests="3" failures="0" disabled="1"><testsuite name="S"><testcase name="a" status="run"
result="completed"/><testcase name="DISABLED_b" status="notrun" result="suppressed"/></testsuite></testsuites>"""
GO = """<testsuites><testsuite tests="1" failures="1" name="pkg"><testcase classname="pkg" name="TestMain">
<failure message="Failed" type=""/></testcase></testsuite><testsuite name="empty" tests="0"/></testsuites>"""
XUNIT = """<j:testsuite xmlns:j="urn:x"><j:testcase name="a"/><j:testcase><j:error/><j:skipped/></j:testcase>
</j:testsuite>"""
ENTITY = (
    '<!DOCTYPE testsuite [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
)
OUTSIDE = '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase>&x;</testcase></testsuite>'
PARAMETER = '<!DOCTYPE t [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><testsuite/>'


@pytest.mark.parametrize(
    ("report", "passed", "failed", "skipped"),
    [
        (PYTEST, 1, 2, 1),
        (SUREFIRE, 1, 1, 0),
        (JEST, 1, 1, 1),
        (GTEST, 1, 0, 1),
        (GO, 0, 1, 0),
        (XUNIT, 1, 1, 0),
        ("<testsuites/>", 0, 0, 0),
        ('<!DOCTYPE testsuites SYSTEM "junit.dtd"><testsuites/>', 0, 0, 0),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_these_count(report: str, passed: int, failed: int, skipped: int, encoding: str) -> None:
    content = report.rsplit("?>", maxsplit=1)[-1].encode(encoding)
    assert count_tests(BytesIO(content)) == archives.TestCounts(passed=passed, failed=failed, skipped=skipped)


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (b"", "no XML"),
        (b"ok 1 - tap\n", "no XML"),
        (b"<testsuite>", "no XML"),
        (b"<testsuite/><testsuite/>", "no XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><testsuite/>', "no XML"),
        (b"<testsuite>\xff\xfe</testsuite>", "no XML"),
        (b"<html/>", "not JUnit's: its root is 'html'"),
        (b"<testsuite>" * 65, "more than 64 deep"),
        (ENTITY.encode(), "declares the entity 'a'"),
        (OUTSIDE.encode(), "declares the entity 'x'"),
        (PARAMETER.encode(), "declares the entity 'x'"),
    ],
)
def test_these_are_refused(report: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        count_tests(BytesIO(report))


def test_one_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_BYTES", 2**20)
    with pytest.raises(ArchiveError, match="more than 1 MiB"):
        count_tests(BytesIO(b"<testsuite>" + b"<testcase/>" * 10**5))


def test_reports_add_up() -> None:
    one, two = (
        archives.TestCounts(passed=1, failed=2, skipped=3),
        archives.TestCounts(passed=10, failed=20, skipped=30),
    )
    assert add_counts(one, two) == archives.TestCounts(passed=11, failed=22, skipped=33)
