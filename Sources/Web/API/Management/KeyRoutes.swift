internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// `/api-keys`
struct KeyRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let rows = try services.store.apiKeys().filter { $0.id < page.cursor ?? .max }
        let items = rows.prefix(page.limit)
        return .list(items.map(json), next: rows.count > page.limit ? items.last?.id : nil)
    }

    /// The key in plain stands in this answer and nowhere else.
    @Sendable func create(_ request: OwnedRequest) throws -> Response {
        guard let label = try request.object()["label"]?.string, !label.isEmpty, label.count <= 100,
            !label.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else {
            throw Problem(422, "invalid_label", "a key needs a label of 1 to 100 characters", fields: [.init("label", "1 to 100 characters")])
        }
        let made = try Access.makeKey()
        let now = services.clock.wall()
        guard case .created(let id) = services.store.commit(.createKey(label: label, hash: made.hash, prefix: made.prefix, at: now)) else {
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        try services.access.reloadKeys()
        return .json(
            201,
            [
                "id": .string(services.keyring.uuid(.apiKey, id)), "label": .string(label), "key": .string(made.plain),
                "prefix": .string(made.prefix), "created_at": .instant(now),
            ])
    }

    /// At once and for good.
    @Sendable func revoke(_ request: OwnedRequest) throws -> Response {
        guard let id = services.keyring.number(.apiKey, request.segments[1]) else { throw unknown }
        switch services.store.commit(.revokeKey(id: id, at: services.clock.wall())) {
        case .done: break
        case .notFound: throw unknown
        default: throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        try services.access.reloadKeys()
        return Response(status: 204)
    }

    /// What receivers verify callbacks with: `whsec_` and Base64, as Standard Webhooks writes it.
    @Sendable func callbackSecret(_ request: OwnedRequest) throws -> Response {
        .json(200, ["secret": .string("whsec_" + base64Encode(services.keyring.callbackSecret))])
    }

    private var unknown: Problem { Problem(404, "unknown_key", "there is no such key, or it is revoked") }

    private func json(_ row: APIKeyRow) -> JSONValue {
        [
            "id": .string(services.keyring.uuid(.apiKey, row.id)), "label": .string(row.label), "prefix": .string(row.prefix),
            "created_at": .instant(row.createdAt), "revoked_at": .instant(row.revokedAt),
        ]
    }
}
