"""Compares `sluice cron` with cronsim and croniter (PyPI) in one run: nanoseconds for an answer, iterated in order, and for construction."""
import datetime, json, os, random, subprocess, sys, time, zoneinfo

import cronsim, croniter

COUNT = int(os.environ.get("BENCH_CRON_COUNT", "10000"))
EXPRESSIONS = int(os.environ.get("BENCH_CRON_EXPRESSIONS", "200"))
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def expressions():
    pick = random.Random(20261123)
    minute = lambda: str(pick.randrange(60))
    hour = lambda: str(pick.randrange(24))
    shapes = [
        lambda: "* * * * *",
        lambda: f"*/{pick.choice([2, 5, 10, 15, 20, 30])} * * * *",
        lambda: f"{minute()} * * * *",
        lambda: f"{minute()} {hour()} * * *",
        lambda: f"{minute()} */{pick.choice([2, 3, 4, 6, 8, 12])} * * *",
        lambda: f"{minute()} {hour()} * * {pick.choice(['MON', 'MON-FRI', 'SUN', '2,4', '6'])}",
        lambda: f"{minute()} {hour()} {pick.randrange(1, 29)} * *",
        lambda: f"{minute()} {hour()} 1,15 * *",
        lambda: f"{minute()},{minute()} {hour()}-23 * * *",
        lambda: f"0 {hour()} 13 * FRI",
        lambda: f"{minute()} {hour()} L * *",
        lambda: f"{minute()} {hour()} * * {pick.choice(['MON#1', 'FRI#2', 'WED#3'])}",
        lambda: f"*/{pick.choice([3, 7, 13])} 9-17 * JAN-MAR,OCT MON-FRI",
    ]
    return [shapes[i % len(shapes)]() for i in range(EXPRESSIONS)]


def ours(program, texts, zone):
    lines = "".join(json.dumps({"expr": t, "tz": zone, "from": START.isoformat(), "count": COUNT}) + "\n" for t in texts)
    out = subprocess.run([program, "cron", "measure"], input=lines, capture_output=True, text=True, check=True).stdout
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == len(texts) and not any("error" in a for a in answers), answers
    return answers


def theirs(make, following, texts, wanted):
    construct = answers = total = 0
    lasts = []
    for text, want in zip(texts, wanted):
        begin = time.perf_counter_ns()
        for _ in range(20):
            make(text)
        construct += (time.perf_counter_ns() - begin) / 20
        it = make(text)
        begin = time.perf_counter_ns()
        last = None
        for _ in range(want["answers"]):
            last = following(it)
        total += time.perf_counter_ns() - begin
        answers += want["answers"]
        lasts.append(int(last.timestamp()))
    return construct / len(texts), total / answers, lasts


def main(program):
    texts = expressions()
    for zone, floor in (("UTC", 200), ("Europe/Berlin", 150)):
        start = START.astimezone(zoneinfo.ZoneInfo(zone))
        mine = ours(program, texts, zone)
        each = sum(a["answers_ns"] for a in mine) / sum(a["answers"] for a in mine)
        print(f"{zone}: {len(texts)} expressions, {sum(a['answers'] for a in mine)} answers")
        print(f"  sluice    {each:10.1f} ns an answer  {sum(a['construct_ns'] for a in mine) / len(mine):9.0f} ns to construct")
        best = None
        for name, make, following in (
            ("cronsim", lambda t: cronsim.CronSim(t, start), next),
            ("croniter", lambda t: croniter.croniter(t, start), lambda it: it.get_next(datetime.datetime)),
        ):
            construct, answer, lasts = theirs(make, following, texts, mine)
            agree = sum(1 for a, b in zip(mine, lasts) if a["last"] == b)
            print(f"  {name:9} {answer:10.1f} ns an answer  {construct:9.0f} ns to construct   {answer / each:6.0f} times   same last answer: {agree} of {len(texts)}")
            best = min(best or answer, answer)
        print(f"  {best / each:.0f} times faster than the faster one (wanted: {floor})")


main(sys.argv[1])
