import Model
import Testing

@testable import Dashboard

@Test(arguments: [
    (
        #"{"a":[1,{"b":"x, {\"y\"}"}],"c":{},"d":[]}"#,
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\"y\\\"}\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"
    ),
    (#" [ true , -1.50e3 ] "#, "[\n  true,\n  -1.50e3\n]"), ("{}\n", "{}"), (#"{"a":1,"a":2}"#, "{\n  \"a\": 1,\n  \"a\": 2\n}"),
])
func jsonOnOneLineGetsLineBreaks(_ text: String, _ indented: String) {
    #expect(indentedJSON(text) == indented)
}

/// Nothing that is left out of sight may change what the rest says.
@Test(arguments: [
    "", "1", "\"a\"", "plain", "[1 2]", "[1", "[1]]", "{]", "[1,]", "[,1]", "{\"a\":}", "{\"a\" 1}", "{a\"b\":1}", "[\"a]", "[1] x", "[\"a\\",
    "{\n\"a\": 1}", "[1\r]", "[\u{0}]", "{:1}",
])
func whatIsNotJSONOnOneLineIsLeftAsItCame(_ text: String) {
    #expect(indentedJSON(text) == nil)
}

@Test func indentationIsBounded() {
    #expect(indentedJSON(String(repeating: "[", count: 33) + String(repeating: "]", count: 33)) == nil)
    let wide = Array(repeating: "1", count: 30_000).joined(separator: ",")
    #expect(indentedJSON(String(repeating: "[", count: 30) + wide + String(repeating: "]", count: 30)) == nil)
}

@Test func aBodyWithLineBreaksOfItsOwnSaysNothingOfThem() throws {
    func text(_ body: String) throws -> String {
        try StrictHTML(linkPage(LinkPageView(token: "t", item: sampleItem(sampleApproval(), body: body), now: sampleNow))).text
    }
    #expect(try text(#"{"a":1}"#).contains("Shown with line breaks; the 7 bytes are used as they came."))
    #expect(try !text("{\n\"a\":1}").contains("Shown with line breaks"))
}

@Test(arguments: [
    (CallSource.webhook, "redelivered by admin token", "Webhook, redelivered by admin token"), (.webhook, "github", "Webhook by github"),
    (.schedule, "schedule minutely", "Schedule minutely"), (.schedule, "schedule", "Schedule"), (.schedule, "admin", "Schedule by admin"),
    (.api, "redelivered by admin token", "API call by redelivered by admin token"),
])
func theOriginIsSaidInPlainWords(_ source: CallSource, _ by: String, _ words: String) throws {
    let item = sampleItem(sampleApproval(origin: CallOrigin(source: source, requestedBy: by)))
    let page = try StrictHTML(linkPage(LinkPageView(token: "t", item: item, now: sampleNow)))
    #expect(page.text.contains(words))
}

@Test func aHolderOfTheLinkIsNamedByTheAddress() throws {
    let approval = sampleApproval(status: .approved, decided: 1, by: "holder of the link, at 127.0.0.1", via: .link)
    let item = sampleItem(approval, run: RunSummary(id: "r", status: .queued))
    let page = try StrictHTML(linkOutcomePage(LinkOutcomeView(item: item, isFresh: true, token: "tok", now: sampleNow)))
    #expect(page.text.contains("by link, from 127.0.0.1") && !page.text.contains("holder of the link"))
    #expect(page.all("a").contains { $0.attributes["href"] == "/approve/tok?show=outcome" }, "a run that goes on can be looked at again")
}

func sampleMissed(_ count: Int) -> Approval {
    var approval = sampleApproval(origin: CallOrigin(source: .schedule, requestedBy: "schedule minutely"))
    approval.missed = (0..<count).map { sampleNow - Int64(count - $0) * 60_000_000 }
    return approval
}

@Test func theButtonForMissedFiresSaysHowMany() throws {
    let page = try StrictHTML(linkPage(LinkPageView(token: "t", item: sampleItem(sampleMissed(5)), now: sampleNow)))
    #expect(page.text.contains("Run all 5 missed"))
}

func sampleSchedules() -> SchedulesPageView {
    SchedulesPageView(
        session: session,
        schedules: [
            ScheduleView(
                id: "cleanup.crontab:1f0c9a73b2d4", timing: "*/5 * * * *", timezone: "Asia/Kolkata", command: "find /tmp -mtime +7 -delete",
                place: "cleanup.crontab:3", upcoming: [PlannedTime(sampleNow, offset: 19_800), PlannedTime(sampleNow, offset: -12_600)],
                lastFire: sampleNow, lastRun: RunSummary(id: "r", status: .succeeded, exitCode: 0)),
            ScheduleView(
                id: "report:minutely", timing: "* * * * *", timezone: "UTC", command: "./report.sh", isGated: true, catchUp: .last,
                upcoming: [PlannedTime(sampleNow)], lastFire: sampleNow, lastApproval: (id: "a", status: .pending),
                skipped: [(.skippedOverlap, 7), (.missed, 2)]),
        ], now: sampleNow)
}

@Test func schedulesShowTheirOwnClockAndTheirRules() throws {
    let text = try StrictHTML(schedulesPage(sampleSchedules())).text
    for part in [
        "2026-11-22 21:03:05 UTC (2026-11-23 02:33:05 +05:30)", "2026-11-22 21:03:05 UTC (17:33:05 -03:30)", "catch_up: last", "7 counted by a waiting approval",
        "2 missed",
    ] {
        #expect(text.contains(part), "\(part)")
    }
}
