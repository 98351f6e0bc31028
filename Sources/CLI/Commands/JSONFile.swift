internal import JSON
internal import Posix

/// The JSON object in a file; `-` is standard input.
func jsonObject(inFile path: String, _ console: Console) throws(CommandFailure) -> JSONValue {
    let limit = 1 << 20
    let bytes: [UInt8]
    do {
        bytes = path == "-" ? try console.input(limit) : try Files.read(path, limit: limit)
    } catch {
        throw CommandFailure("cannot read \(visible(path)): \(error)")
    }
    do {
        let value = try parseJSON(bytes)
        if value.object == nil { throw CommandFailure("\(visible(path)) must hold a JSON object, not \(value.kind)") }
        return value
    } catch let failure as CommandFailure {
        throw failure
    } catch {
        throw CommandFailure("\(visible(path)) holds no JSON: \(visible("\(error)"))")
    }
}
