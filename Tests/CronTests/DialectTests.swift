import Cron
import Testing
import TimeZones

@Suite struct DialectTests {
    /// Expressions that mean the same, because one spells out the other.
    static let equivalents: [(String, String)] = [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"), ("@ANNUALLY", "0 0 1 1 *"), (" \t@daily\t ", "0 0 * * *"),
        ("  5\t4   * * *  ", "5 4 * * *"), ("05 004 * * *", "5 4 * * *"),
        ("0 0 * feb,NOV *", "0 0 * 2,11 *"), ("0 0 * JAN-DEC/3 *", "0 0 * 1,4,7,10 *"), ("0 0 * * mon-Fri", "0 0 * * 1-5"),
        ("0 0 * * tue#2", "0 0 * * 2#2"), ("0 0 * * FRIL", "0 0 * * 5l"), ("0 0 * * 7L", "0 0 * * 0L"), ("0 0 * * 7#1", "0 0 * * sun#1"),
        ("10/25 * * * *", "10,35 * * * *"), ("0 0 * * 1/2", "0 0 * * 1,3,5,0"), ("*/100 5 * * *", "0/60 5 * * *"),
        ("0 0 */100 * ?", "0 0 1 * ?"), ("10-40/15 * * * *", "10,25,40 * * * *"), ("0 5-5/2 * * *", "0 5 * * *"),
        ("0 5-5 * * *", "0 5 * * *"),
        ("0 0 * * FRI-SUN", "0 0 * * 5,6,7"), ("0 0 * * 5-0", "0 0 * * 5,6,0"), ("0 0 * * FRI-SUN/2", "0 0 * * 5,7"),
        ("0 0 * * 0-0", "0 0 * * 0"), ("0 0 * * SUN-SUN", "0 0 * * 0"), ("0 0 * * 7-0", "0 0 * * 0"), ("0 0 * * 7-7", "0 0 * * 0"),
        ("0 0 * * 0-7", "0 0 * * *"), ("0 0 ? * ?", "0 0 * * *"), ("0 0 lw * ?", "0 0 LW * *"), ("0 0 01w * ?", "0 0 1W * *"),
        ("0 0 * * 5-7/3", "0 0 * * 5"), ("0 0 * * SUN/3", "0 0 * * 0,3,6"), ("0 0 * */5 *", "0 0 * 1,6,11 *"),
        ("0 0 1,L * *", "0 0 L,1 * *"),
        ("0 0 1W,15W * *", "0 0 15W,1W * *"), ("0 0 * * MON#1,MON#3", "0 0 * * MON#3,1#01"), ("0 0 * * */7", "0 0 * * 0"),
    ]

    @Test func `spellings of one schedule agree`() throws {
        let zone = try zone("Europe/Paris")
        for (a, b) in Self.equivalents {
            let first = try CronExpression(a).instants(after: 1_760_000_000, in: zone).prefix(60)
            let second = try CronExpression(b).instants(after: 1_760_000_000, in: zone).prefix(60)
            #expect(Array(first) == Array(second), "\(a) and \(b)")
        }
    }

    /// Expression, the field that is wrong (nil: the whole), the item that is quoted.
    static let broken: [(String, CronField?, String)] = [
        ("", nil, ""), (" \t ", nil, ""), ("*", nil, "*"), ("* * * *", nil, "* * * *"), ("* * * * * * *", nil, "*"),
        ("0 0 1 1 * 2026 x", nil, "x"), ("@reboot", nil, "@reboot"), ("@every 5m", nil, "@every"), ("@daily 5", nil, "5"),
        ("@dail", nil, "@dail"),
        ("@ daily", nil, "@"), ("60 * * * *", .minute, "60"), ("* 24 * * *", .hour, "24"), ("* * 0 * *", .dayOfMonth, "0"),
        ("* * 32 * *", .dayOfMonth, "32"), ("* * * 0 *", .month, "0"), ("* * * 13 *", .month, "13"), ("* * * * 8", .dayOfWeek, "8"),
        ("60 * * * * *", .second, "60"), ("* 60 * * * *", .minute, "60"), ("1,,2 * * * *", .minute, "1,,2"), ("1, * * * *", .minute, "1,"),
        (",1 * * * *", .minute, ",1"), (", * * * *", .minute, ","), ("-5 * * * *", .minute, "-5"), ("+5 * * * *", .minute, "+5"),
        ("5- * * * *", .minute, "5-"), ("1-2-3 * * * *", .minute, "1-2-3"), ("1--3 * * * *", .minute, "1--3"),
        ("*/ * * * *", .minute, "*/"),
        ("*/0 * * * *", .minute, "*/0"), ("*/-1 * * * *", .minute, "*/-1"), ("*/5/2 * * * *", .minute, "*/5/2"),
        ("/5 * * * *", .minute, "/5"),
        ("*/x * * * *", .minute, "*/x"), ("** * * * *", .minute, "**"), ("*5 * * * *", .minute, "*5"), ("5* * * * *", .minute, "5*"),
        ("*-5 * * * *", .minute, "*-5"), ("0 22-2 * * *", .hour, "22-2"), ("0 0 * NOV-FEB *", .month, "NOV-FEB"),
        ("0 0 * * SAT-MON", .dayOfWeek, "SAT-MON"),
        ("0 0 * * 7-1", .dayOfWeek, "7-1"), ("? * * * *", .minute, "?"), ("0 ? * * *", .hour, "?"), ("0 0 * ? *", .month, "?"),
        ("0 0 ?,1 * *", .dayOfMonth, "?"),
        ("0 0 ?/2 * *", .dayOfMonth, "?/2"), ("0 0 * * 1,?", .dayOfWeek, "?"), ("0 0 ?? * *", .dayOfMonth, "??"),
        ("MON * * * *", .minute, "MON"),
        ("0 0 JAN * *", .dayOfMonth, "JAN"), ("0 0 * MON *", .month, "MON"), ("0 0 * * JAN", .dayOfWeek, "JAN"),
        ("0 0 * * MOND", .dayOfWeek, "MOND"),
        ("0 0 * * MO", .dayOfWeek, "MO"), ("0 0 * JANUARY *", .month, "JANUARY"), ("0 0 L-3 * *", .dayOfMonth, "L-3"),
        ("0 0 L/2 * *", .dayOfMonth, "L/2"),
        ("0 0 LW/2 * *", .dayOfMonth, "LW/2"), ("0 0 1-15W * *", .dayOfMonth, "1-15W"), ("0 0 15W/2 * *", .dayOfMonth, "15W/2"),
        ("0 0 W * *", .dayOfMonth, "W"),
        ("0 0 0W * *", .dayOfMonth, "0W"), ("0 0 32W * *", .dayOfMonth, "32W"), ("0 0 WL * *", .dayOfMonth, "WL"),
        ("0 0 W15 * *", .dayOfMonth, "W15"),
        ("0 0 5L * *", .dayOfMonth, "5L"), ("0 0 1#1 * *", .dayOfMonth, "1#1"), ("0 0 * L *", .month, "L"), ("L * * * *", .minute, "L"),
        ("0 0 * * L", .dayOfWeek, "L"), ("0 0 * * 8L", .dayOfWeek, "8L"), ("0 0 * * 1-5L", .dayOfWeek, "1-5L"),
        ("0 0 * * 5L/2", .dayOfWeek, "5L/2"),
        ("0 0 * * MON-FRI#1", .dayOfWeek, "MON-FRI#1"), ("0 0 * * MON#0", .dayOfWeek, "MON#0"), ("0 0 * * MON#6", .dayOfWeek, "MON#6"),
        ("0 0 * * MON#", .dayOfWeek, "MON#"), ("0 0 * * #1", .dayOfWeek, "#1"), ("0 0 * * 8#1", .dayOfWeek, "8#1"),
        ("0 0 * * MON#1#2", .dayOfWeek, "MON#1#2"),
        ("0 0 * * MON#1/2", .dayOfWeek, "MON#1/2"), ("0 0 * * LW", .dayOfWeek, "LW"), ("0 0 * * 1W", .dayOfWeek, "1W"),
        ("0 0 * * *L", .dayOfWeek, "*L"),
        ("1~5 * * * *", .minute, "1~5"), ("H * * * *", .minute, "H"), ("H/5 * * * *", .minute, "H/5"), ("1.5 * * * *", .minute, "1.5"),
        ("0x5 * * * *", .minute, "0x5"),
        ("\u{0665} * * * *", .minute, "\u{0665}"), ("99999999999999999999999999 * * * *", .minute, "99999999999999999999999999"),
        ("0 0 * * \n", .dayOfWeek, "\n"), ("0\u{A0} 0 * * *", .minute, "0\u{A0}"), ("0 0 * * MON,8,9", .dayOfWeek, "8"),
        ("5;6 * * * *", .minute, "5;6"),
    ]

    @Test func `a broken expression names the field and quotes the item`() throws {
        for (text, field, item) in Self.broken {
            do throws(CronError) {
                _ = try CronExpression(text)
                Issue.record("accepted: \(text.debugDescription)")
            } catch {
                #expect(error.field == field, "\(text.debugDescription): \(error)")
                #expect(error.item == item, "\(text.debugDescription): \(error)")
                let characters = Array(text)
                #expect(String(characters[error.columns]) == item, "\(text.debugDescription): \(error.columns)")
                if let field { #expect(error.message.hasPrefix("\(field.name): "), "\(error)") }
            }
        }
    }

    @Test func `messages carry no control characters and no endless items`() throws {
        for text in ["\u{1B}[31m 0 0 0 0", String(repeating: "9", count: 5000) + " * * * *", "\u{202E}5 * * * *"] {
            let error = try #require(throws: CronError.self) { try CronExpression(text) }
            #expect(error.message.count < 300)
            #expect(!error.message.unicodeScalars.contains { $0.properties.generalCategory == .control || $0.value == 0x202E })
        }
    }

    @Test(arguments: [
        ("0 2 * * *", true), ("0,30 1,2 * * *", true), ("0-59 0-23 * * *", true), ("@daily", true), ("0/5 2 * * *", true),
        ("5,* 2 * * *", true),
        ("* 2 * * *", false), ("*/15 2 * * *", false), ("*,7 2 * * *", false), ("0 * * * *", false), ("0 */2 * * *", false),
        ("@hourly", false),
        ("0 0 2 * * *", false), ("5 5 5 5 5 *", false),
    ])
    func `the minute and hour fields decide the kind`(_ expression: String, _ isFixed: Bool) throws {
        #expect(try CronExpression(expression).isFixedTime == isFixed)
    }
}
