import CLI
import TestKit
import Testing

private let deliveryID = "00000000-0001-8dac-8193-6c6663412a11"

private func delivery(_ more: String = "") -> String {
    #"{"id":"\#(deliveryID)","endpoint":"deploy","delivery_id":"d-1","event":"push","source":"github","verdict":"accepted","#
        + #""received_at":"2026-11-22T21:00:00.000Z","last_seen_at":"2026-11-22T21:01:00.000Z","seen":2,"peer":"192.0.2.7","#
        + #""matched_secret":1,"body_bytes":9,"requested_by":"github from 192.0.2.7","redelivery_of":null,"call_id":"c","#
        + #""approval_id":null,"run_id":"r-1"\#(more)}"#
}

struct DeliveriesCommandTests {
    @Test func filtersBecomeTheQuery() {
        let server = CannedServer(["GET /deliveries": [.init(body: "{\"items\":[\(delivery())],\"next_cursor\":null}")]])
        defer { server.stop() }
        let result = sluice(
            "deliveries", "list", "--event", "push", "--verdict", "accepted", "--delivery-id", "d-1", "--since", "2026-11-22", "--endpoint",
            "deploy", "--source", "github", "--until", "2026-11-23", environment: administrator(server))
        #expect(result.output == "\(deliveryID)\taccepted\tdeploy\tgithub\tpush\td-1\t2\t9\t2026-11-22T21:00:00.000Z\n")
        #expect(
            server.requests.map(\.path) == [
                "/deliveries?endpoint=deploy&event=push&source=github&verdict=accepted&delivery_id=d-1&since=2026-11-22&until=2026-11-23&limit=50"
            ])
    }

    @Test func anEmptyPageOfASearchIsNotItsEnd() {
        let server = CannedServer([
            "GET /deliveries": [
                .init(body: #"{"items":[],"next_cursor":"70"}"#), .init(body: "{\"items\":[\(delivery())],\"next_cursor\":null}"),
            ]
        ])
        defer { server.stop() }
        let result = sluice("deliveries", "list", "--event", "rare", environment: administrator(server))
        #expect(result.output.hasPrefix(deliveryID))
        #expect(server.requests.count == 2)
    }

    @Test func aDeliveryIsShownWithItsHeadersAndBodyMadeHarmless() {
        let more =
            #","redelivered_as":["x-9"],"headers":[{"name":"X-GitHub-Event","value":"push"},{"name":"A","value":"b\u001b[2J"}],"headers_cut":true,"#
            + #""body":"{\"a\":1}\u001b","body_cut":false"#
        let server = CannedServer(["GET /deliveries/\(deliveryID)": [.init(body: delivery(more))]])
        defer { server.stop() }
        let output = sluice("deliveries", "show", deliveryID, environment: administrator(server)).output
        for part in ["sender's id", "came", "2 times", "secret 1", "x-9", "X-GitHub-Event: push\n", "A: b\\x1b[2J\n", "were not kept", "{\"a\":1}\\x1b"] {
            #expect(output.contains(part), "\(part)")
        }
    }

    @Test func redeliveringWantsAYes() {
        let server = CannedServer([
            "GET /deliveries/\(deliveryID)": [.init(body: delivery())],
            "POST /deliveries/\(deliveryID)/redeliver": [
                .init(status: 202, body: #"{"status":"pending_approval","id":"n-1","redelivery_of":"\#(deliveryID)","approval_id":"a-1","approve_url":"http://x/approve/t"}"#)
            ],
        ])
        defer { server.stop() }
        let asked = sluice("deliveries", "redeliver", deliveryID, environment: administrator(server))
        #expect(asked.errors.contains("--yes") && server.requests.map(\.method) == ["GET"])
        let done = sluice("deliveries", "redeliver", deliveryID, "--yes", environment: administrator(server))
        for part in ["waits for approval", "n-1", "a-1", "http://x/approve/t"] { #expect(done.output.contains(part), "\(part)") }
        #expect(server.requests.map(\.method) == ["GET", "POST"])
    }

    @Test func whatTheServerRefusesIsToldAndFails() {
        let body = #"{"status":409,"code":"endpoint_gone","detail":"the endpoint 'deploy' that this delivery came to is gone"}"#
        let server = CannedServer(["POST /deliveries/\(deliveryID)/redeliver": [.init(status: 409, type: "application/problem+json", body: body)]])
        defer { server.stop() }
        let result = sluice("deliveries", "redeliver", deliveryID, "-y", environment: administrator(server))
        #expect(result.code == 1 && result.errors.contains("is gone"))
    }

    @Test func theBodyIsTheBytesThemselves() {
        let server = CannedServer(["GET /deliveries/\(deliveryID)/body": [.init(type: "application/octet-stream", body: "a\u{1B}b")]])
        defer { server.stop() }
        #expect(sluice("deliveries", "body", deliveryID, environment: administrator(server)).output == "a\u{1B}b")
    }
}
