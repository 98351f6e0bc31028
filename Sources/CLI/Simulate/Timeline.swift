internal import Bytes
internal import Model
internal import Triggers

/// The fires of a simulation as an SVG picture: a row for each schedule, a mark for each fire, a line through each second in which several
/// collide. Colours have a form beside them: what waits for approval is a ring, what is left out a cross.
func timeline(_ fires: [Simulation.Fire], from: Int64, to: Int64) -> String {
    let names = Array(Set(fires.map(\.schedule))).sorted()
    let shown = Array(names.prefix(200))
    let rows = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
    let (left, top, width, rowHeight) = (260.0, 40.0, 1000.0, 22.0)
    let height = top + Double(shown.count) * rowHeight + 50
    func x(_ time: Int64) -> Double { left + (Double(time) / 1_000_000 - Double(from)) / Double(to - from) * width }
    func place(_ value: Double) -> String { String((value * 10).rounded() / 10) }
    var svg = """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(left + width + 30))" height="\(Int(height))" font-family="sans-serif" font-size="12">
        <title>Fires from \(fireTimeText(from * 1_000_000)) to \(fireTimeText(to * 1_000_000))</title>
        <rect width="100%" height="100%" fill="#ffffff"/>

        """
    for step in 0...4 {
        let time = from + (to - from) * Int64(step) / 4
        let place = place(x(time * 1_000_000))
        svg += "<line x1=\"\(place)\" y1=\"\(top - 8)\" x2=\"\(place)\" y2=\"\(height - 40)\" stroke=\"#d0d0d0\"/>\n"
        let anchor = step == 0 ? "start" : step == 4 ? "end" : "middle"
        svg += "<text x=\"\(place)\" y=\"20\" text-anchor=\"\(anchor)\" fill=\"#444444\">\(fireTimeText(time * 1_000_000))</text>\n"
    }
    for (row, name) in shown.enumerated() {
        let y = top + Double(row) * rowHeight + 10
        let label = name.count > 36 ? "\(name.prefix(35))…" : name
        svg += "<text x=\"\(left - 10)\" y=\"\(y + 4)\" text-anchor=\"end\">\(htmlEscape(label))</text>\n"
        svg += "<line x1=\"\(left)\" y1=\"\(y)\" x2=\"\(left + width)\" y2=\"\(y)\" stroke=\"#eeeeee\"/>\n"
    }
    var drawn: Set<String> = []
    for fire in fires {
        guard let row = rows[fire.schedule] else { continue }
        let (x, y) = (place(x(fire.time)), place(top + Double(row) * rowHeight + 10))
        // Marks that would lie on each other are drawn once.
        guard drawn.insert("\(x) \(y) \(fire.action.rawValue)").inserted else { continue }
        let tip = "<title>\(htmlEscape(fire.schedule)) \(fireTimeText(fire.time)) \(fire.action.rawValue)</title>"
        switch fire.action {
        case .run: svg += "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"4\" fill=\"#1a7f37\">\(tip)</circle>\n"
        case .approval: svg += "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"4\" fill=\"none\" stroke=\"#9a6700\" stroke-width=\"2\">\(tip)</circle>\n"
        case .blackout, .paused:
            svg += "<g transform=\"translate(\(x) \(y))\" stroke=\"#777777\"><path d=\"M-4 -4 4 4M-4 4 4 -4\"/>\(tip)</g>\n"
        }
    }
    for time in Set(fires.filter { $0.collisions > 0 }.map(\.time)).sorted() {
        let place = place(x(time))
        guard drawn.insert("collision \(place)").inserted else { continue }
        svg += "<line x1=\"\(place)\" y1=\"\(top)\" x2=\"\(place)\" y2=\"\(height - 40)\" stroke=\"#cf222e\" stroke-opacity=\"0.35\"/>\n"
    }
    let rest = names.count > shown.count ? "; \(names.count - shown.count) more schedules are not drawn" : ""
    let legend = "● runs   ○ waits for approval   × left out   red: several in one second\(rest)"
    svg += "<text x=\"\(left)\" y=\"\(height - 15)\" fill=\"#444444\">\(legend)</text>\n"
    return svg + "</svg>\n"
}
