/// How many seconds the senders of a source wait for an answer, minus one; where they do not say, nine.
func answerSecondsOfSource(_ source: String) -> Int {
    switch source {
    case "sentry": 1
    case "slack": 2
    case "shopify", "linear", "pagerduty", "gitea", "forgejo": 4
    case "standard", "svix", "twilio": 14
    default: 9
    }
}
