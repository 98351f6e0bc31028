/// A schedule that a schedule file gives to an endpoint.
package struct FileSchedule: Sendable {
    /// The endpoint's name.
    package var endpoint: String
    package var schedule: ScheduleSettings
    /// The file's name in the folder of schedules, and the line where its entry begins.
    package var file: String
    package var line: Int

    package init(endpoint: String, schedule: ScheduleSettings, file: String, line: Int) {
        self.endpoint = endpoint
        self.schedule = schedule
        self.file = file
        self.line = line
    }
}
