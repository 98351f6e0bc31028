import Model
import Testing

@Suite struct AnswerDeadlineTests {
    @Test(arguments: [(WebhookSource.github, 9), (.stripe, 9), (.shopify, 4), (.generic, 9), (.slack, 2), (.sentry, 1), (.twilio, 14)])
    func aSenderIsAnsweredASecondBeforeItGivesUp(source: WebhookSource, seconds: Int) {
        var settings = EndpointSettings()
        settings.webhookSource = source
        #expect(settings.answerSeconds == seconds)
        settings.waitSeconds = 25
        #expect(settings.answerSeconds == 25)
    }

    @Test func waitingSaysWhenItHasNoEffect() {
        var settings = EndpointSettings()
        settings.name = "a"
        settings.command = "true"
        settings.waitSeconds = 5
        func told() -> [String] { endpointProblems(settings).map(\.message).filter { $0.contains("wait_seconds") } }
        #expect(told() == ["'wait_seconds' has no effect without 'trigger: webhook'"])
        settings.trigger = .webhook
        #expect(told() == ["'wait_seconds' has no effect without 'async: false'"])
        settings.isAsync = false
        #expect(told() == [])
    }
}
