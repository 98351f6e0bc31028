/// Why a call is not taken in: the status and stable code of the answer, and a text for people.
package struct Refusal: Error, Sendable, Equatable {
    package var status: Int
    package var code: String
    package var detail: String
    /// The fields that are wrong, by name.
    package var fields: [Field]

    package struct Field: Sendable, Equatable {
        package let name: String
        package let message: String

        package init(_ name: String, _ message: String) {
            self.name = name
            self.message = message
        }
    }

    package init(_ status: Int, _ code: String, _ detail: String, fields: [Field] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
    }
}
