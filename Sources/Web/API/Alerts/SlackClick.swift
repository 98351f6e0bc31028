internal import JSON
internal import Model

/// A click on Approve or Deny in a message, as Slack tells it (`block_actions`).
struct SlackClick {
    let decision: Decision
    /// The approval's UUID, as the button carries it.
    let approval: String
    /// The workspace that the click came from.
    let team: String?
    let user: String
    /// Takes what is to stand in the message's place, up to five times within 30 minutes.
    let responseURL: String?

    /// Nil for all that decides nothing: other interactions, and buttons that only open a page.
    /// - Throws: `Problem` for a click that Slack would not send so.
    init?(_ payload: JSONValue) throws(Problem) {
        guard payload["type"]?.string == "block_actions" else { return nil }
        let pressed = payload["actions"]?.array?.lazy.compactMap { action in
            action["action_id"]?.string.flatMap(Decision.init).map { ($0, action["value"]?.string ?? "") }
        }
        guard let (decision, approval) = pressed?.first else { return nil }
        guard let user = payload["user"]?["id"]?.string else {
            throw Problem(400, "malformed_payload", "the payload does not say who clicked")
        }
        let url = payload["response_url"]?.string
        if let url, url.utf8.count > 2000 || httpURLProblem(url) != nil {
            throw Problem(400, "malformed_payload", "response_url is no address to answer to")
        }
        self.decision = decision
        self.approval = approval
        self.user = user
        team = payload["team"]?["id"]?.string ?? payload["user"]?["team_id"]?.string
        responseURL = url
    }
}
