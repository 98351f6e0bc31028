internal import JSON

enum ValueOrder { case less, same, greater }

/// The size of a number, read from its text once for all that it is compared with.
struct Magnitude {
    /// Nil for a fraction and for what does not fit.
    private let integer: Int64?
    private let double: Double

    init(_ number: JSONNumber) {
        if let integer = Int64(number.text) {
            self.integer = integer
            double = Double(integer)
        } else {
            double = number.double
            // Up to 2^53 a double tells whole numbers apart: `1.0` and `1e3` are such.
            integer = double.magnitude <= 9_007_199_254_740_992 ? Int64(exactly: double) : nil
        }
    }

    func order(_ other: Magnitude) -> ValueOrder? {
        if let integer, let second = other.integer { return integer < second ? .less : integer > second ? .greater : .same }
        return double < other.double ? .less : double > other.double ? .greater : double == other.double ? .same : nil
    }
}
