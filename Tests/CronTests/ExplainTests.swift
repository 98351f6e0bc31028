import Cron
import Testing

@Suite struct ExplainTests {
    static let sentences: [(String, String)] = [
        ("* * * * *", "Every minute."),
        ("*/15 * * * *", "Every 15 minutes."),
        ("*/7 * * * *", "At every 7th minute from 0 through 59 past every hour."),
        ("30 2 * * *", "At 02:30 every day."),
        ("@hourly", "At minute 0 past every hour."),
        ("0,20,40 2,3 * * *", "At 02:00, 02:20, 02:40, 03:00, 03:20 and 03:40 every day."),
        ("30 4 1,15 * 5", "At 04:30, on days 1 and 15 of the month or on Fridays."),
        ("0 6 */2 * MON", "At 06:00, on Mondays that are on every 2nd day of the month."),
        ("0 6 1-31/2 * MON", "At 06:00, on every 2nd day of the month or on Mondays."),
        ("0 12 13 * 5L", "At 12:00, on day 13 of the month or on the last Friday of the month."),
        ("0 8 15W * *", "At 08:00, on the nearest weekday to day 15 of the month."),
        ("0 8 LW JAN,JUN-SEP ?", "At 08:00, on the last weekday (Monday to Friday) of the month, in January and June through September."),
        ("15 7 * * MON#5", "At 07:15, on the 5th Monday of the month."),
        ("45 9 * * FRI-SUN", "At 09:45, on Fridays through Sundays."),
        ("0 9-17 * * 1-5", "At minute 0 past hours 9 through 17, on Mondays through Fridays."),
        ("*/10 9 * * *", "Every 10 minutes during hour 9."),
        ("0 */2 * * *", "At minute 0 past every 2nd hour from 0."),
        ("0 0 1,L * *", "At 00:00, on day 1 of the month or on the last day of the month."),
        ("*,5 1-3 * * *", "Every minute during hours 1 through 3."),
        ("*/20 5 * * * *", "Every 20 seconds, at minute 5 past every hour."),
        ("*/10 * * * * *", "Every 10 seconds."),
        ("30 15 2 * * *", "At 02:15:30 every day."),
        ("0 0 29 2 */7", "At 00:00, on Sundays that are on day 29 of the month, in February."),
        ("0 0 31 2,4 *", "At 00:00, on day 31 of the month, in February and April; no such date exists, so it never fires."),
        ("0 0 1-7 * *", "At 00:00, on days 1 through 7 of the month."),
    ]

    @Test func `explains in one sentence`() throws {
        for (expression, sentence) in Self.sentences {
            #expect(try CronExpression(expression).explain() == sentence, "\(expression)")
        }
    }
}
