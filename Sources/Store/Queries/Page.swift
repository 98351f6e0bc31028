internal import SQLite

/// One page of a list: the items, newest first, and the number to go on below; nil at the end. A page of a filtered list may have few
/// items or none and still go on: a search ends after so many rows.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var next: Int64?

    /// `found` was read with one row more than `limit`, which tells whether there is another page.
    /// - Parameter floor: rows with this number and below were not looked at.
    init(_ found: [Item], limit: Int, floor: Int64? = nil, number: (Item) -> Int64) {
        items = Array(found.prefix(limit))
        next = found.count > limit ? items.last.map(number) : floor.map { $0 + 1 }
    }
}

extension Store {
    /// How many rows a filtered list looks at for one page: milliseconds, however rare what it looks for is.
    package static let searchLimit = 50_000

    /// The newest row that a search of `limit` rows below `cursor` does not reach; nil when it reaches all.
    static func floor(_ connection: Connection, _ table: StaticString, below cursor: Int64?, limit: Int) throws(DatabaseError) -> Int64? {
        let statement = try connection.prepare("SELECT id FROM \(table) WHERE id < ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2")
        statement.bind(1, cursor ?? .max)
        statement.bind(2, Int64(limit))
        return try statement.first { $0.integer(0) }
    }

    /// The numbers of all endpoints of a name, deleted ones too, as a JSON array for `json_each`; nil when there never was one. In the name
    /// `*` stands for any characters and `?` for one; names themselves have neither.
    static func endpointNumbers(_ connection: Connection, named name: String) throws(DatabaseError) -> String? {
        let statement = try connection.prepare("SELECT id FROM endpoints WHERE name GLOB ?")
        statement.bind(1, name)
        let numbers = try statement.map { String($0.integer(0)) }
        return numbers.isEmpty ? nil : "[\(numbers.joined(separator: ","))]"
    }
}
