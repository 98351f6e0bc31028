import CLI
import Testing

struct TableTests {
    private func sample() -> Table {
        var table = Table([.init("ID"), .init("COMMAND", yields: true), .init("AGE", alignsRight: true)])
        table.add([.init("a1"), .init("deploy production to every region"), .init("3m", exact: "2026-11-22T21:00:00.000Z")])
        table.add([.init("b2", style: .bold), .init("東京\tx"), .init("12m", exact: "2026-11-22T20:00:00.000Z")])
        return table
    }

    @Test func columnsAreAligned() {
        let expected = """
            ID  COMMAND                            AGE
            a1  deploy production to every region   3m
            b2  東京\\tx                            12m

            """
        #expect(sample().rendered(width: 80, colours: false) == expected)
    }

    @Test func aNarrowTerminalCutsWhatYields() {
        for width in 17...60 {
            let lines = sample().rendered(width: width, colours: false).split(separator: "\n")
            #expect(lines.allSatisfy { displayWidth(String($0)) <= width }, "width \(width)")
            #expect(lines.allSatisfy { $0.hasSuffix("AGE") || $0.hasSuffix("m") })
        }
    }

    @Test func aTerminalThatIsTooNarrowStillGetsTheOtherColumnsWhole() {
        let lines = sample().rendered(width: 5, colours: false).split(separator: "\n")
        #expect(lines.first == "ID  COMMAND   AGE")
    }

    @Test func coloursDoNotMoveColumns() {
        let coloured = sample().rendered(width: 80, colours: true)
        #expect(coloured.contains("\u{1B}[1mb2\u{1B}[0m  東京"))
        let bare = coloured.replacing(/\u{1B}\[[0-9]*m/, with: "")
        #expect(bare == sample().rendered(width: 80, colours: false))
    }

    @Test func withoutATerminalFieldsAreWholeAndBetweenTabs() {
        #expect(
            sample().tabSeparated()
                == "a1\tdeploy production to every region\t2026-11-22T21:00:00.000Z\nb2\t東京\\tx\t2026-11-22T20:00:00.000Z\n")
    }
}
