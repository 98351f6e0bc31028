import CLI
import Testing

struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/runs/a%2Fb?status=x%26y"),
        ("localhost:9000/", "http://localhost:9000/runs/a%2Fb?status=x%26y"),
        ("https://sluice.example.org/base//", "https://sluice.example.org/base/runs/a%2Fb?status=x%26y"),
        ("http://[::1]:8080", "http://[::1]:8080/runs/a%2Fb?status=x%26y"),
    ])
    func routesStandBehindTheAddress(given: String, expected: String) throws {
        #expect(try ServerAddress(given).url(["runs", "a/b"], query: [("status", "x&y")]) == expected)
    }

    @Test(arguments: [
        "", "http://", "http:///x", "ftp://host", "http://ho st", "http://host?x", "http://u:p@host", "file:///etc/passwd", "http://h\n",
    ])
    func whatIsNoAddressIsMisuse(given: String) {
        #expect { try ServerAddress(given) } throws: { ($0 as? CommandFailure)?.exitCode == ExitCode.misuse }
    }
}
