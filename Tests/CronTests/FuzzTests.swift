import Cron
import Testing
import TimeZones

@Suite struct FuzzTests {
    @Test func `no text makes the parser, the search or the sentence trap`() throws {
        let seed = fuzzSeed(0xF022)
        print("seed of the random texts: \(seed)")
        var generator = SeededGenerator(state: seed)
        let paris = try zone("Europe/Paris")
        let pieces = [
            "*", "?", "0", "7", "31", "59", "60", "L", "W", "LW", "15W", "5L", "#", "2#2", "/", "/2", "-", ",", "1-5", "5-1", "MON", "jan",
            " ", " ", "\t",
            "@daily", "\u{E9}", "\n", "999999999999999999999", "*/7", "FRI-SUN",
        ]
        var accepted = 0
        for _ in 0..<fuzzRounds(short: 3000) {
            let fields = (0..<Int.random(in: 4...7, using: &generator)).map { _ in
                Int.random(in: 0..<4, using: &generator) > 0
                    ? "*" : (0..<Int.random(in: 1...2, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
            }
            let text = fields.joined(separator: " ")
            do throws(CronError) {
                let cron = try CronExpression(text)
                accepted += 1
                #expect(cron.explain().hasSuffix("."), "\(text)")
                let from = Int64.random(in: Int64.min...Int64.max, using: &generator) >> Int64.random(in: 0...40, using: &generator)
                let answers = Array(cron.instants(after: from, in: paris).prefix(3))
                #expect(
                    zip(answers, answers.dropFirst()).allSatisfy { $0 < $1 } && answers.allSatisfy { $0 > from }, "\(text) from \(from)")
                if cron.neverFires { #expect(answers.isEmpty, "\(text)") }
            } catch {
                #expect(error.columns.upperBound <= text.count && !error.message.isEmpty, "\(text.debugDescription)")
            }
        }
        #expect(accepted > 100, "too few of the texts are expressions to test anything")
    }
}
